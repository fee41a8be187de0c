import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'one side lacks options: by its settings, or as other systems write their SYNs',
  tolerance: 1,
  variants: {
    'client-no-ts': {},
    'server-no-ts': {},
    'client-no-sack': {},
    'server-no-sack': {},
    'client-no-wscale': {},
    'server-no-wscale': {},
    'client-none': {},
    'no-ts-no-sack': {},
    'no-sack-no-ws': {},
    'no-ts-no-ws': {},
    'wire-windows7': {},
    'wire-windows10': {},
    'wire-windows7-initrwnd10': {},
    'wire-bare-syn': {},
    'wire-bare-syn-window-5840': {},
    'wire-mss-only-100': {},
    'wire-mss-8960': {},
    'wire-ts-only': {},
    'wire-macos': {},
  },
};
