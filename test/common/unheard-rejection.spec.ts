import { describe, expect, it, jest } from '@jest/globals';
import { unheardRejection, unlessUnheard } from '../../lib/common/unheard-rejection.js';
import { turns } from '../support/changes.js';
import { runInNode } from '../support/node-process.js';

const error = new Error('it cannot be encoded');

describe('a rejection for somebody who may not be listening', () => {
  it.each<[string, (promise: Promise<never>) => Promise<unknown>]>([
    ['awaits it', async (promise) => await promise],
    [
      'awaits it after other promises of the same turn',
      async (promise) => {
        for (let i = 0; i < 10; i++) await Promise.resolve();
        await promise;
      },
    ],
    ['calls then', (promise) => promise.then((value) => value)],
    ['calls catch', (promise) => promise.catch((reason: unknown) => Promise.reject(reason))],
    ['calls finally', (promise) => promise.finally(() => undefined)],
    ['waits for all of several', (promise) => Promise.all([Promise.resolve(1), promise])],
    ['waits for the first of several', (promise) => Promise.race([promise, new Promise(() => undefined)])],
    ['returns it from an async function', async (promise) => promise],
    ['resolves a promise with it', (promise) => new Promise((resolve) => resolve(promise))],
  ])('reaches who %s, and is not reported', async (_, listen) => {
    const report = jest.fn();
    await expect(listen(unheardRejection(error, report))).rejects.toBe(error);
    await turns(5);
    expect(report).not.toHaveBeenCalled();
  });

  it('says to one who wants to know how it ended that it failed', async () => {
    const [outcome] = await Promise.allSettled([unheardRejection(error, () => undefined)]);
    expect(outcome).toEqual({ status: 'rejected', reason: error });
  });

  it('is reported once when nobody listens', async () => {
    const report = jest.fn();
    void unheardRejection(error, report);
    expect(report).not.toHaveBeenCalled();
    await turns(5);
    expect(report.mock.calls).toEqual([[error]]);
  });

  it('is reported to who listens too late as well as given to it', async () => {
    const report = jest.fn();
    const promise = unheardRejection(error, report);
    await turns(5);
    await expect(promise).rejects.toBe(error);
    expect(report).toHaveBeenCalledTimes(1);
  });

  it('makes ordinary promises of those who listen', async () => {
    const next = unheardRejection(error, () => undefined).catch(() => 'handled');
    expect(Object.getPrototypeOf(next)).toBe(Promise.prototype);
    await expect(next).resolves.toBe('handled');
  });

  it('is the failure of work that is done now or later', async () => {
    const report = jest.fn();
    const works: (() => Promise<never>)[] = [
      () => {
        throw error;
      },
      () => Promise.reject(error),
      () => turns(3).then(() => Promise.reject(error)),
    ];
    for (const work of works) await expect(unlessUnheard(work, report)).rejects.toBe(error);
    await turns(5);
    expect(report).not.toHaveBeenCalled();
    for (const work of works) void unlessUnheard(work, report);
    await turns(10);
    expect(report.mock.calls).toEqual([[error], [error], [error]]);
  });

  it('is none when the work is done well, whether anybody listens or not', async () => {
    const report = jest.fn();
    void unlessUnheard(() => turns(2), report);
    await expect(unlessUnheard(() => 'value', report)).resolves.toBe('value');
    await expect(unlessUnheard(() => turns(2).then(() => 'later'), report)).resolves.toBe('later');
    await turns(5);
    expect(report).not.toHaveBeenCalled();
  });

  it('ends no process and stays no warning, whether anybody listens or not', async () => {
    const run = await runInNode(
      'common/unheard-rejection.ts',
      `process.on('exit', () => console.log('end'));
       const report = (error) => console.log('reported', error.message);
       void lib.unheardRejection(new Error('unheard'), report);
       lib.unheardRejection(new Error('heard'), report).catch(() => console.log('caught'));
       async function forgetful() { lib.unheardRejection(new Error('forgotten'), report); }
       await forgetful();`,
    );
    expect(run).toEqual({ exitCode: 0, output: 'caught\nreported unheard\nreported forgotten\nend\n', errors: '' });
  });
});
