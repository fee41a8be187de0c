/** System calls as scripts write them: understood before time 0, compared when they return. */
export { prepareCall, SYSTEM_CALL_NAMES } from './prepare.ts';
