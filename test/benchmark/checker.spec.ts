import { describe, expect, it } from '@jest/globals';
import { checks, dialects, ledgers, type Counts } from './harness.js';

const FIRST = 10_000_000;
const LENGTH = 32;
const names = Object.keys(dialects);
const namesWithIds = names.filter((name) => dialects[name].hasIds);

/** The answer to a call as a server of this dialect writes it. */
function answer(name: string, number: number, value: unknown = checks.numberedText(LENGTH, number)): Buffer {
  const { hasIds, answer: write } = dialects[name];
  return write('Echo', hasIds ? String(number) : undefined, value);
}

/** What a connection has to say about these messages, when `issued` calls were made on it. */
function hear(name: string, messages: Buffer[], issued = messages.length): Counts & { decoded: number } {
  const faults = new ledgers.Faults();
  const ledger = new ledgers.Ledger(faults);
  const wanted = { kind: 'answer', length: LENGTH, hasId: dialects[name].hasIds } as const;
  const check = new checks.MessageCheck(dialects[name], answer(name, FIRST), wanted);
  for (const message of messages) check.take(ledger, FIRST + issued, message, 0, message.length);
  ledger.finish(FIRST + issued);
  return { ...faults.toJSON(), decoded: check.decoded };
}

function answers(name: string, ...indexes: number[]): Buffer[] {
  return indexes.map((index) => answer(name, FIRST + index));
}

describe.each(names)('the answers in %s', (name) => {
  it('are right when each came once, in order, and none of them had to be read', () => {
    expect(hear(name, answers(name, 0, 1, 2, 3))).toMatchObject({ total: 0, decoded: 0 });
  });

  it('are one missing when the last one did not come', () => {
    expect(hear(name, answers(name, 0, 1), 3)).toMatchObject({ total: 1, missing: 1 });
  });

  it('are one missing when one in the middle did not come', () => {
    expect(hear(name, answers(name, 0, 2, 3), 4)).toMatchObject({ total: 1, missing: 1 });
  });

  it('are all missing when nothing came', () => {
    expect(hear(name, [], 16)).toMatchObject({ total: 16, missing: 16 });
  });

  it('are one doubled when one came twice', () => {
    expect(hear(name, answers(name, 0, 1, 1, 2), 3)).toMatchObject({ total: 1, doubled: 1 });
  });

  it('are one out of order, and none missing, when two changed places', () => {
    expect(hear(name, answers(name, 0, 2, 1, 3), 4)).toMatchObject({ total: 1, outOfOrder: 1 });
  });

  it('are wrong when nobody asked', () => {
    expect(hear(name, answers(name, 0, 1), 1)).toMatchObject({ total: 1, wrong: 1 });
  });

  it('are wrong when the value is not what was said', () => {
    const changed = checks.numberedText(LENGTH, FIRST + 1).replace('W', 'V');
    const values = [changed, `${changed} `, '', null, 1];
    for (const value of values) {
      const messages = [answer(name, FIRST), answer(name, FIRST + 1, value)];
      expect(hear(name, messages, 1)).toMatchObject({ total: 1, wrong: 1 });
    }
  });

  it('are wrong when they are no message at all', () => {
    const rubbish = Buffer.from('rubbish');
    expect(hear(name, [rubbish], 0)).toMatchObject({ total: 1, wrong: 1 });
    expect(hear(name, [rubbish], 0).samples[0]).toContain('rubbish');
  });

  it('are wrong when they are events', () => {
    const event = dialects[name].event('Message', checks.numberedText(LENGTH));
    expect(hear(name, [event], 0)).toMatchObject({ total: 1, wrong: 1 });
  });
});

describe.each(namesWithIds)('the ids of answers in %s', (name) => {
  it('have to be those of their calls', () => {
    const others = dialects[name].answer('Echo', String(FIRST + 1), checks.numberedText(LENGTH, FIRST));
    expect(hear(name, [others], 2)).toMatchObject({ wrong: 1, missing: 2 });
  });
});

describe('an answer that is written in another way', () => {
  it('is read, and is right all the same', () => {
    const text = checks.numberedText(LENGTH);
    const message = Buffer.from(JSON.stringify({ result: text, invocationId: String(FIRST), type: 3 }));
    expect(hear('json', [message])).toMatchObject({ total: 0, decoded: 1 });
  });

  it('is wrong when it is an error', () => {
    const message = Buffer.from(JSON.stringify({ type: 3, invocationId: String(FIRST), error: checks.numberedText(LENGTH) }));
    expect(hear('json', [message], 0)).toMatchObject({ wrong: 1 });
  });
});

describe.each(names)('the messages of a group in %s', (name) => {
  const GROUPS = 100;
  const hearEvents = (numbers: number[], issued: number): Counts => {
    const faults = new ledgers.Faults();
    const ledger = new ledgers.Ledger(faults, FIRST + 7, GROUPS);
    const { event } = dialects[name];
    const wanted = { kind: 'event', target: 'Message', length: LENGTH } as const;
    const check = new checks.MessageCheck(dialects[name], event('Message', checks.numberedText(LENGTH)), wanted);
    for (const number of numbers) {
      const bytes = event('Message', checks.numberedText(LENGTH, FIRST + number));
      check.take(ledger, FIRST + issued, bytes, 0, bytes.length);
    }
    ledger.finish(FIRST + issued);
    return faults.toJSON();
  };

  it('are right when each of the group came once, in order', () => {
    expect(hearEvents([7, 107, 207], 300)).toMatchObject({ total: 0 });
    expect(hearEvents([7, 107, 207], 250)).toMatchObject({ total: 0 });
  });

  it('are wrong when they were for another group', () => {
    expect(hearEvents([7, 8, 107], 200)).toMatchObject({ total: 1, wrong: 1 });
  });

  it('are one missing, one doubled and one out of order when that is what happened', () => {
    expect(hearEvents([7, 7, 307, 207], 400)).toMatchObject({ total: 3, missing: 1, doubled: 1, outOfOrder: 1 });
  });
});
