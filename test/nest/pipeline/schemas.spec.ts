import { describe, expect, it } from '@jest/globals';
import * as nest from '@nestjs/common';
import { UsePipes, type PipeTransform, type Type } from '@nestjs/common';
import { Arg, Hub, HubMethod } from 'nestjs-signalr';
import { z } from 'zod';
import { log } from '../../support/app-of.js';
import { failed, peerOf } from '../../support/nest-calls.js';
import { Mark } from '../../support/nest-mark.js';

describe('a schema', () => {
  @Hub('/schema')
  class SchemaHub {
    @HubMethod()
    search(@Arg({ schema: z.string().min(2) }) text: string, @Arg({ schema: z.number().int().optional() }) page?: number) {
      return [text, page];
    }

    @HubMethod()
    optional(@Arg({ schema: z.string().min(2), optional: true }) text?: string) {
      return text ?? 'none';
    }

    @HubMethod()
    coerce(@Arg({ schema: z.coerce.number(), pipes: [new Mark('own')] }) value: number) {
      return value;
    }

    @HubMethod()
    later(@Arg({ schema: z.string().refine(async (text) => text !== 'taken', 'The name is taken.') }) name: string) {
      return name;
    }

    @HubMethod()
    strip(@Arg({ schema: z.object({ name: z.string() }) }) person: object) {
      return person;
    }
  }

  it('checks its argument, and says what is wrong with it', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('search', 'tea', 2)).toMatchObject({ result: ['tea', 2] });
    const issue = z.string().min(2).safeParse('t').error?.issues[0].message;
    expect(await peer.ask('search', 't', 2)).toMatchObject(failed('search', issue));
  });

  it('may be asynchronous', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('later', 'free')).toMatchObject({ result: 'free' });
    expect(await peer.ask('later', 'taken')).toMatchObject(failed('later', 'The name is taken.'));
  });

  it('puts what it makes of the argument in its place', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('strip', { name: 'Ada', admin: true })).toMatchObject({ result: { name: 'Ada' } });
    expect(await peer.ask('strip', { name: 'Ada', admin: true })).not.toHaveProperty('result.admin');
  });

  it('comes after the pipes, and before the type is looked at', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('coerce', 12)).toMatchObject({ result: 12 });
    expect(await peer.ask('coerce', '12')).toHaveProperty('error');
  });

  it('is not asked about an argument that may be left out, and was', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('optional')).toMatchObject({ result: 'none' });
    expect(await peer.ask('optional', 't')).toHaveProperty('error');
    expect(await peer.ask('optional', null)).toHaveProperty('error');
  });

  it('that throws instead of answering fails the call', async () => {
    const schema = { '~standard': { validate: () => { throw new Error('broken schema'); } } }; // prettier-ignore
    @Hub('/broken')
    class BrokenHub {
      @HubMethod()
      go(@Arg({ schema }) _value: unknown) {}
    }
    const peer = await peerOf(BrokenHub);
    expect(await peer.ask('go', 1)).toEqual({ type: 3, invocationId: 'ask-1', error: expect.stringContaining("invoking 'go'") });
    expect(log.takeErrors()).toEqual([expect.stringContaining('broken schema')]);
  });

  // Nest has such a pipe since version 12.
  const { StandardSchemaValidationPipe: nestPipe } = nest as { StandardSchemaValidationPipe?: Type<PipeTransform> };
  const where = nestPipe === undefined ? 'on Nest 11, which has no pipe for schemas' : 'where Nest’s own pipe for schemas stands before it';

  it(`is applied once ${where}`, async () => {
    let count = 0;
    const schema = z.string().transform((text) => text + ++count);
    @Hub('/once')
    @UsePipes(...(nestPipe === undefined ? [] : [nestPipe]))
    class OnceHub {
      @HubMethod()
      go(@Arg({ schema }) text: unknown) {
        return text;
      }
    }
    expect(await (await peerOf(OnceHub)).ask('go', 'x')).toMatchObject({ result: 'x1' });
  });
});
