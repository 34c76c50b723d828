import type { FaultName } from './faults.ts';

/** What kind of world a schedule runs in. */
export interface Scenario {
  readonly name: string;
  /** One in so many schedules, relative to the others. */
  readonly weight: number;
  /** When clients begin and end, and from when on they come less often, in virtual milliseconds. */
  readonly from: number;
  readonly until: number;
  readonly calmFrom: number;
  /** What happens first. */
  readonly opening: readonly FaultName[];
  readonly faults: readonly FaultName[];
  /** How often a burst comes with a fault; each schedule picks one. */
  readonly faultRates: readonly number[];
  /** How often a write to the store is refused or of unknown outcome without any fault. */
  readonly storeTrouble: number;
  /** Whether marks of writes under way are never lost; see the checker. */
  readonly marksLast: boolean;
  /** Whether writes that were not fenced wait. */
  readonly isStrict: boolean;
  readonly isCluster: boolean;
  readonly isGuarded: boolean;
  /** How much of what clients do is about the definition alone. */
  readonly definitions: number;
}

const PLAIN: Scenario = {
  name: 'calm',
  weight: 1,
  from: 1_050,
  until: 3_000,
  calmFrom: Number.POSITIVE_INFINITY,
  opening: [],
  faults: ['evictRepresentation', 'evictOpenCell', 'evictBeforeMark'],
  faultRates: [0.1, 0.2, 0.5],
  storeTrouble: 0.004,
  marksLast: true,
  isStrict: false,
  isCluster: false,
  isGuarded: false,
  definitions: 0.1,
};

const ILL: readonly FaultName[] = [
  'evictRepresentation',
  'evictOpenCell',
  'cutCells',
  'cutCells',
  'slowCells',
  'reconnect',
  'crash',
  'crashAfter',
  'pause',
  'cutStore',
  'slowStore',
  'troubledStore',
  'dropMeanwhile',
  'dropMeanwhile',
];

const FAILOVERS: readonly FaultName[] = ['failOver', 'failOver', 'failOver', ...ILL];

/** Some instances see the cells and others do not, and what says so comes and goes. */
const BLIND: readonly FaultName[] = [
  'disconnectOne',
  'disconnectOne',
  'forgetBlind',
  'reconnect',
  'cutStore',
  'slowStore',
  'pause',
  'crash',
];

const LOST: readonly FaultName[] = [
  'evictAndCut',
  'evictAndCrash',
  'evictAndCrash',
  'evictMark',
  'evictNextMark',
  'evictNextMark',
  'flush',
  'crashAfter',
];

const RESTARTS: readonly FaultName[] = ['restartEmpty', 'restartOld', 'restartOld'];

export const SCENARIOS: readonly Scenario[] = [
  PLAIN,
  { ...PLAIN, name: 'ill', weight: 3, faults: ILL },
  { ...PLAIN, name: 'strict', weight: 2, faults: ILL, isStrict: true },
  { ...PLAIN, name: 'troubled store', faults: ['troubledStore', 'slowStore', 'pause'], storeTrouble: 0.1 },
  {
    ...PLAIN,
    name: 'slow cells',
    faults: ['slowCells', 'slowCells', 'cutCells', 'slowStore', 'evictOpenCell', 'evictOpenCell'],
    faultRates: [0.3, 0.8],
  },
  { ...PLAIN, name: 'drops', faults: ['dropMeanwhile', 'dropMeanwhile', 'evictOpenCell', 'pause'] },
  {
    ...PLAIN,
    name: 'full',
    weight: 2,
    faults: ['fillUp', 'fillUp', 'fillUpMeanwhile', 'evictOpenCell', 'evictRepresentation', 'slowStore'],
  },
  {
    ...PLAIN,
    name: 'outages',
    weight: 2,
    until: 3_600,
    faults: ['outage', 'outage', 'disconnect', 'evictRepresentation', 'pause', 'slowStore'],
  },
  {
    ...PLAIN,
    name: 'old records',
    weight: 0.5,
    until: 9_000,
    faults: ['outage', 'cutCells', 'cutCells', 'slowCells', 'slowStore', 'pause', 'evictRepresentation'],
  },
  {
    ...PLAIN,
    name: 'crashes',
    faults: ['crashThenEvict', 'crashThenEvict', 'crashAfter', 'evictOpenCell'],
    faultRates: [0.2, 0.8],
  },
  {
    ...PLAIN,
    name: 'epochs',
    until: 4_000,
    faults: ['newEpoch', 'newEpochMeanwhile', 'newEpochMeanwhile', 'newEpochMeanwhile', 'slowStore'],
  },
  {
    ...PLAIN,
    name: 'blind',
    weight: 2,
    until: 5_000,
    opening: ['disconnectOne'],
    faults: BLIND,
    faultRates: [0.05, 0.2],
    definitions: 0.6,
  },
  { ...PLAIN, name: 'lost marks', weight: 3, marksLast: false, faults: LOST, faultRates: [0.3, 0.8] },
  { ...PLAIN, name: 'lost marks and more', weight: 2, marksLast: false, faults: [...LOST, ...ILL] },
  { ...PLAIN, name: 'restarts', weight: 2, marksLast: false, faults: [...RESTARTS, ...ILL, 'flush'] },
  { ...PLAIN, name: 'failovers', weight: 3, until: 3_600, marksLast: false, faults: FAILOVERS },
  { ...PLAIN, name: 'strict failovers', marksLast: false, isStrict: true, faults: FAILOVERS },
  {
    ...PLAIN,
    name: 'long pauses',
    weight: 0.5,
    until: 68_000,
    calmFrom: 4_000,
    marksLast: false,
    faults: ['pauseLong', 'pauseWriter', 'pauseWriter', ...LOST, ...ILL],
  },
  {
    ...PLAIN,
    name: 'too many records',
    weight: 0.5,
    until: 32_000,
    calmFrom: 6_000,
    opening: ['flood', 'disconnectLong'],
    marksLast: false,
    faults: ['pauseWriter', 'pauseBeforeWrite', 'pauseBeforeWrite', 'disconnect', 'cutCells', 'slowStore'],
  },
];
