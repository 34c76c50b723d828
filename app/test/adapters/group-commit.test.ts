import { DatabaseSync } from 'node:sqlite';
import { groupCommit, type Job } from '../../src/adapters/sqlite/group-commit.ts';

const ACTIONS_A_JOB = 100;
const JOBS_A_BATCH = 20;

describe('group commit', () => {
  let database: DatabaseSync;
  let transactions: number;
  const count = () => database.prepare('SELECT count(*) AS n FROM rows').get()?.n;

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE rows (text TEXT)');
    transactions = 0;
  });
  afterEach(() => database.close());

  const commits = () =>
    groupCommit(database, () => {
      transactions += 1;
    });

  function insert(text: string, note: (outcome: string) => void): Job {
    const apply = () => void database.prepare('INSERT INTO rows VALUES (?)').run(text);
    const settle = () => note(database.isTransaction ? 'too early' : 'stored');
    return {
      size: ACTIONS_A_JOB,
      plan: () => ({ apply, settle }),
      reject: (error) => note((error as Error).message),
    };
  }

  function submitAll(submit: (job: Job) => void, texts: string[]): Promise<string[]> {
    return Promise.all(texts.map((text) => new Promise<string>((note) => submit(insert(text, note)))));
  }

  test('writers of one turn share a transaction, and are answered after it', async () => {
    const outcomes = await submitAll(commits().submit, ['a', 'b', 'c']);
    expect(outcomes).toEqual(['stored', 'stored', 'stored']);
    expect(transactions).toBe(1);
  });

  test('a long queue is written in bounded batches, in order', async () => {
    const texts = Array.from({ length: JOBS_A_BATCH * 2 + 1 }, (_, i) => `${i}`);
    await submitAll(commits().submit, texts);
    expect(transactions).toBe(3);
    const rows = database.prepare('SELECT text FROM rows ORDER BY rowid').all();
    expect(rows.map(({ text }) => text)).toEqual(texts);
  });

  test('flush writes at once', () => {
    const { submit, flush } = commits();
    const notes: string[] = [];
    submit(insert('a', (note) => notes.push(note)));
    flush();
    flush();
    expect(notes).toEqual(['stored']);
    expect(transactions).toBe(1);
  });

  test('a job whose planning fails leaves the others alone', async () => {
    const { submit } = commits();
    const broken = new Promise((reject) => {
      const plan = () => {
        throw new Error('no plan');
      };
      submit({ size: 1, plan, reject });
    });
    const [failed, outcome] = await Promise.all([broken, submitAll(submit, ['a'])]);
    expect(failed).toEqual(new Error('no plan'));
    expect(outcome).toEqual(['stored']);
  });

  test('when the disk is full, all of the batch fails, nothing is stored, and the next batch works', async () => {
    const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count);
    database.exec(`PRAGMA max_page_count = ${pages}`);
    const { submit } = commits();
    const message = 'The store cannot answer right now.';
    expect(await submitAll(submit, ['a', 'x'.repeat(100_000), 'b'])).toEqual([message, message, message]);
    expect(count()).toBe(0);
    expect(await submitAll(submit, ['a'])).toEqual(['stored']);
    expect(count()).toBe(1);
  });
});
