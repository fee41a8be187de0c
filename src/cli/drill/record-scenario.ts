/** The connections of a scenario's run, as one of its hosts sees them. */
import { type CapturedFrame, findConnections } from '../../drill/index.ts';
import {
  type Capture,
  runScenario,
  type RunObserver,
  type Scenario,
  type SimulatedHost,
} from '../../sim/index.ts';
import type { HostSettings } from '../../stack/index.ts';
import type { IpAddress } from '../../wire/index.ts';
import { UsageError } from '../errors.ts';
import { findScenario } from '../scenario-files.ts';
import type { RecordSource } from './record-capture.ts';
import { profileNameOf } from './profiles.ts';

/**
 * Runs a scenario, capturing everything at every host.
 *
 * @throws UsageError when there is no such scenario, or no such host in it
 */
export async function runForRecord(
  nameOrFile: string,
  hostName: string | undefined,
): Promise<RecordSource> {
  const { scenario } = await findScenario(nameOrFile);
  const observer = new FramesByHost();
  await runScenario(observer.watch(scenario), { observer });
  const host = observer.hostUnderTest(hostName);
  const { settings } = host.stack;
  const profile = profileNameOf(settings);
  return {
    connections: findConnections(observer.framesOf(host.name)),
    localAddresses: addressesOf(host),
    remarks: [`Captured at the host ${host.name}${profileRemark(settings, profile)}.`],
  };
}

function profileRemark(settings: HostSettings, name: string | undefined): string {
  if (name === undefined) return `, a variant of ${settings.name}`;
  return name === 'linux-6' ? '' : `; run this with --profile ${name}`;
}

function addressesOf(host: SimulatedHost): ReadonlySet<IpAddress> {
  return new Set(host.stack.interfaces.flatMap((each) => each.addresses.map((it) => it.address)));
}

/** Keeps each host's frames, and who was the first to listen. */
class FramesByHost implements RunObserver {
  readonly #frames = new Map<string, CapturedFrame[]>();
  #hosts: readonly SimulatedHost[] = [];
  #firstToListen: string | undefined = undefined;
  #firstWithSockets: string | undefined = undefined;

  /** The same scenario, captured at every interface. */
  watch(scenario: Scenario): Scenario {
    return {
      ...scenario,
      build: (context) => {
        scenario.build(context);
        this.#hosts = context.network.hosts;
        for (const host of this.#hosts) {
          for (const { name } of host.stack.interfaces) {
            context.network.capture(host.interface(name), { name: `${OURS}${name}` });
          }
        }
      },
    };
  }

  /** @throws UsageError when there is no such host */
  hostUnderTest(name: string | undefined): SimulatedHost {
    const wanted = name ?? this.#firstToListen ?? this.#firstWithSockets;
    const host = this.#hosts.find((each) => each.name === wanted);
    if (host !== undefined) return host;
    const names = this.#hosts.map((each) => each.name).join(', ');
    if (wanted === undefined) throw new UsageError('no host of the scenario has a TCP socket');
    throw new UsageError(`no host "${wanted}" in the scenario: there is ${names}`);
  }

  framesOf(host: string): readonly CapturedFrame[] {
    return this.#frames.get(host) ?? [];
  }

  captureOpened(): void {
    // told again with each frame
  }

  readonly frame: RunObserver['frame'] = (capture: Capture, bytes, _cause, at) => {
    if (!capture.name.startsWith(OURS)) return;
    const { host, id, linkType } = capture;
    const frames = this.#frames.get(host) ?? [];
    frames.push({ linkType, interfaceId: id, bytes, at });
    this.#frames.set(host, frames);
  };

  stateEntered(...[host, , , to]: Parameters<RunObserver['stateEntered']>): void {
    this.#firstWithSockets ??= host;
    if (to === 'LISTEN') this.#firstToListen ??= host;
  }

  dropped(): void {
    // a script shows what is sent, not what becomes of it
  }

  reported(): void {
    // words for people
  }
}

/** What captures made for a recording are called, so that the scenario's own are told apart. */
const OURS = 'record ';
