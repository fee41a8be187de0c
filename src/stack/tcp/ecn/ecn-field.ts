/** The ECN field of the IP header (RFC 3168 §5). */
export const EcnField = { notEct: 0, ect1: 1, ect0: 2, ce: 3 } as const;
export type EcnField = (typeof EcnField)[keyof typeof EcnField];
