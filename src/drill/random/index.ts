/** Random scripts of the categories that there are. */
export { SCRIPT_CATEGORIES } from './categories.ts';
export { type Draft, fillDraft, type Happening } from './draft.ts';
export { randomDraft } from './random-draft.ts';
