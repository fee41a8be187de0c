/** Scripts that say what happens to a stack, with what it does filled in. */
export { fillScript } from './fill.ts';
export { type Observation, observe, type TcpInfo } from './observe.ts';
