/** A worker thread: runs the scripts that it is sent, one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { runScriptFile } from './run-script.ts';
import type { DrillSettings } from './settings.ts';

const settings = workerData as DrillSettings;

parentPort?.on('message', (file: string) => {
  // A thread has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(runScriptFile(file, settings));
});
