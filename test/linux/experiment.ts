/** What is known of an experiment: how exactly times must agree, and which differences remain. */

/** Packets that are not as the kernel's are, and why. */
export interface KnownDifference {
  /** By the kernel's numbers, from 1; one behind which ours has one more counts, too. */
  readonly packets: readonly number[] | { readonly from: number; readonly to: number };
  /** Only those that came from there, as tcpdump names it: `192.168.1.178.8000`. */
  readonly sentBy?: string;
  readonly reason: string;
}

export interface VariantOfExperiment {
  /** By how many milliseconds times may differ where not as the experiment's others. */
  readonly tolerance?: number;
  /** What remains, by the capture: at the client (or the only one), and at the server. */
  readonly differences?: readonly KnownDifference[];
  readonly differencesAtServer?: readonly KnownDifference[];
}

export interface Experiment {
  /** What is tried. */
  readonly summary: string;
  /** By how many milliseconds times may differ. */
  readonly tolerance: number;
  /** By name, as the scenario `linux/<experiment>/<variant>` and its fixture are called. */
  readonly variants: Readonly<Record<string, VariantOfExperiment>>;
}
