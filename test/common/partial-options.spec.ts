import { describe, expect, it } from '@jest/globals';
import { resolveChainOptions } from '../../lib/channels/dialects/chain.options.js';
import { resolveOptions, Rule, Switch, type Schema } from '../../lib/common/options.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { hubOptions } from '../../lib/hubs/hub.options.js';
import { serverOptions } from '../../lib/hubs/server.options.js';
import { json } from '../../lib/protocol/json.protocol.js';
import { messagePack } from '../../lib/protocol/messagepack.protocol.js';
import { parseBytes, parseText } from '../protocol/wire.js';

const resolve = (schema: Schema, options?: object): object => resolveOptions(schema, { from: 'the test', options });
/** The options that are objects of options. */
const groupsOf = (schema: Schema): string[] =>
  Object.keys(schema).filter((name) => !(schema[name] instanceof Rule || schema[name] instanceof Switch));

describe.each<[string, Schema, string[]]>([
  ['connections', connectionOptions, ['longPolling', 'outbox', 'webSocket']],
  ['hubs', hubOptions, ['longPolling', 'outbox', 'tcp', 'webSocket']],
  ['the server', serverOptions, ['limits']],
])('N08: the options of %s', (_, schema, least) => {
  it('keep all their defaults where a group is empty, or undefined', () => {
    expect(groupsOf(schema)).toEqual(expect.arrayContaining(least));
    for (const group of groupsOf(schema))
      for (const value of [{}, undefined]) expect(resolve(schema, { [group]: value })).toEqual(resolve(schema));
  });
});

describe('N08: a group of which one option is given', () => {
  it('keeps the defaults of the others', () => {
    const defaults = resolveOptions(serverOptions);
    const limits = { ...defaults.limits, nameLength: 10 };
    expect(resolve(serverOptions, { limits: { nameLength: 10, groupsPerConnection: undefined } })).toEqual({ ...defaults, limits });
  });

  it('is one of chain as well, whose cookie stays one of the same site', () => {
    const cookie = { secrets: ['a secret'] };
    const usual = resolveChainOptions({ cookie });
    expect(usual).toMatchObject({ resumeQueue: 32, cookie: { sameSite: 'Lax' } });
    expect(resolveChainOptions({ cookie: { ...cookie, sameSite: undefined }, cors: {} })).toEqual(usual);
  });
});

describe('N08: a protocol that is given other options', () => {
  it.each([{}, { convert: false }, { reviver: (_: string, value: unknown) => value }, { maximumDepth: undefined }])(
    'reads JSON no deeper than by default: %j',
    (options) => {
      const text = `{"type":1,"target":"t","arguments":[${'['.repeat(63)}${']'.repeat(63)}]}`;
      expect(() => parseText(json(options), text)).toThrow('64 levels');
    },
  );

  it.each([{}, { keys: 'camel' as const }, { maximumDepth: undefined }])('reads MessagePack no deeper than by default: %j', (options) => {
    const bytes = Buffer.from(`96 01 80 c0 a174 91 ${'91'.repeat(126)}90 90`.replaceAll(' ', ''), 'hex');
    expect(() => parseBytes(messagePack(options), bytes)).toThrow('128 levels');
  });
});
