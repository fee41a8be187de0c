/** All workloads, in the order of their lines. */
import { bulkWorkloads } from './bulk.ts';
import { churnWorkloads } from './churn.ts';
import { codecWorkloads } from './codec.ts';
import { dumbbellWorkloads } from './dumbbell.ts';
import type { Workload } from './figure.ts';
import { idleWorkloads } from './idle.ts';

export const WORKLOADS: readonly Workload[] = [
  ...codecWorkloads,
  ...bulkWorkloads,
  ...dumbbellWorkloads,
  ...churnWorkloads,
  ...idleWorkloads,
];
