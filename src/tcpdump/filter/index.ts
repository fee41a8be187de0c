/** Capture filters (pcap-filter(7)). */
export { Filter, filter, type FilterablePacket, type FilterOptions } from './filter.ts';
export type { FilterNames } from './filter-names.ts';
export { FilterSyntaxError } from './lexer.ts';
