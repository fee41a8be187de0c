/** The ECN field of the IP header (RFC 3168 §5), and what a path may make of it. */
export const EcnField = { notEct: 0, ect1: 1, ect0: 2, ce: 3 } as const;
export type EcnField = (typeof EcnField)[keyof typeof EcnField];

/** The two bits of the octet that is the type of service otherwise. */
const ECN_MASK = 3;

/** The field of a packet that has arrived. */
export function ecnFieldOf({ tos }: { readonly tos: number }): EcnField {
  return (tos & ECN_MASK) as EcnField;
}

/**
 * Whether a path may turn one field into the other: it may mark what is ECT, and ECT(0) and ECT(1)
 * are worth the same (RFC 3168 §18). To a host ECT that became Not-ECT is a fault, too, since a
 * mark may have been lost with it (RFC 9768 §3.2.2.3).
 */
export function isValidTransition(sent: EcnField, arrived: EcnField): boolean {
  if (sent === arrived) return true;
  return isEct(sent) && arrived !== EcnField.notEct;
}

function isEct(field: EcnField): boolean {
  return field === EcnField.ect0 || field === EcnField.ect1;
}
