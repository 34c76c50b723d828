import {
  type Copy,
  DockerfileParser,
  type From,
  type Instruction,
  type JSONInstruction,
  type PropertyInstruction,
} from 'dockerfile-ast';
import { textOf } from './repository.ts';

/** One step of a stage, in the words of the Dockerfile. */
export type Step =
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'env'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'arg'; readonly name: string; readonly value: string }
  | {
      readonly kind: 'copy';
      readonly from: string | undefined;
      readonly chown: string | undefined;
      readonly sources: readonly string[];
      readonly target: string;
    };

export interface Stage {
  readonly name: string | undefined;
  readonly image: string;
  readonly platform: string | undefined;
  readonly steps: readonly Step[];
  readonly user: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck:
    | { readonly flags: Readonly<Record<string, string>>; readonly command: readonly string[] }
    | undefined;
  readonly keywords: readonly string[];
}

/** The stages of `app/Dockerfile`. An instruction that is not understood here fails, so that none is overlooked. */
export function readDockerfile(text: string = textOf('app/Dockerfile')): Stage[] {
  const stages: Instruction[][] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') stages.push([]);
    if (stages.length === 0) throw new Error(`line ${instruction.toString()} stands before any FROM`);
    stages.at(-1)?.push(instruction);
  }
  return stages.map(stageOf);
}

function stageOf(instructions: readonly Instruction[]): Stage {
  const from = instructions[0] as From;
  const last = (keyword: string) => instructions.findLast((one) => one.getKeyword() === keyword);
  return {
    name: from.getBuildStage() ?? undefined,
    image: from.getImage() ?? '',
    platform: from.getPlatformFlag()?.getValue() ?? undefined,
    steps: instructions.slice(1).flatMap(stepsOf),
    user: last('USER')?.getArgumentsContent() ?? undefined,
    labels: Object.assign(
      {},
      ...instructions.filter((one) => one.getKeyword() === 'LABEL').map(propertiesOf),
    ),
    entrypoint: wordsOf(last('ENTRYPOINT')),
    command: wordsOf(last('CMD')),
    healthcheck: healthcheckOf(last('HEALTHCHECK')),
    keywords: instructions.map((one) => one.getKeyword()),
  };
}

function stepsOf(instruction: Instruction): Step[] {
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      return [{ kind: 'workdir', path: instruction.getArgumentsContent() ?? '' }];
    case 'RUN':
      return [{ kind: 'run', command: commandOf(instruction) }];
    case 'ENV':
      return [{ kind: 'env', values: propertiesOf(instruction) }];
    case 'ARG':
      return Object.entries(propertiesOf(instruction)).map(([name, value]) => ({ kind: 'arg', name, value }));
    case 'COPY':
      return [copyOf(instruction as Copy)];
    case 'USER':
    case 'EXPOSE':
    case 'ENTRYPOINT':
    case 'CMD':
    case 'HEALTHCHECK':
    case 'LABEL':
      return []; // says how the image is run, not what it is made of
    default:
      throw new Error(`nobody here knows the instruction ${instruction.getKeyword()}`);
  }
}

/** The shell's part of a RUN, without the flags for the builder and on one line. */
function commandOf(instruction: Instruction): string {
  const [first] = instruction.getArguments();
  const whole = instruction.getRawArgumentsContent() ?? '';
  const text = whole.slice(first ? whole.indexOf(first.getValue()) : 0);
  return text.replace(/\\\n\s*/g, ' ').replace(/^(--\S+\s+)+/, '');
}

function copyOf(instruction: Copy): Step {
  const flag = (name: string) =>
    instruction
      .getFlags()
      .find((one) => one.getName() === name)
      ?.getValue() ?? undefined;
  const words = instruction.getArguments().map((argument) => argument.getValue());
  const target = words.pop() ?? '';
  return { kind: 'copy', from: flag('from'), chown: flag('chown'), sources: words, target };
}

function propertiesOf(instruction: Instruction): Record<string, string> {
  const properties = (instruction as PropertyInstruction).getProperties();
  return Object.fromEntries(properties.map((one) => [one.getName(), one.getValue() ?? '']));
}

function wordsOf(instruction: Instruction | undefined): string[] {
  if (!instruction) return [];
  const strings = (instruction as JSONInstruction).getJSONStrings();
  return strings.map((one) => JSON.parse(one.getValue()) as string);
}

function healthcheckOf(instruction: Instruction | undefined): Stage['healthcheck'] {
  if (!instruction) return undefined;
  const text = instruction.toString();
  const flags = Object.fromEntries(
    [...text.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  );
  const list = instruction.getRawArgumentsContent() ?? '';
  return { flags, command: JSON.parse(list.slice(list.indexOf('['))) as string[] };
}
