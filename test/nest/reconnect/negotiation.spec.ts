import { describe, expect, it } from '@jest/globals';
import { Hub, type SignalRModuleOptions } from 'nestjs-signalr';
import { HubSocket } from '../../support/hub-socket.js';
import { record } from '../../support/hub-peer.js';
import { ask } from '../../support/app-request.js';
import { resumableApp, ResumableHub } from '../../support/resumable-app.js';
import { ack, negotiateToResume, ResumablePeer, sequence } from '../../support/resumable-peer.js';

@Hub('/chat')
class PlainHub extends ResumableHub {}

const urlOf = async (options?: SignalRModuleOptions, hub: typeof ResumableHub = PlainHub): Promise<string> =>
  (await resumableApp(options, hub)).url;

const TRANSPORTS = [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }];

describe('a negotiation', () => {
  it('says first of all that a client may come back, where both want it', async () => {
    const url = await urlOf({ statefulReconnect: true, transports: ['WebSockets'] });
    const { body } = await ask('POST', `${url}/negotiate?negotiateVersion=1&UseStatefulReconnect=True`);
    const { connectionId, connectionToken } = JSON.parse(body) as Record<string, string>;
    const said = { useStatefulReconnect: true, negotiateVersion: 1, connectionId, connectionToken, availableTransports: TRANSPORTS };
    expect(body).toBe(JSON.stringify(said));
  });

  it.each<[string, SignalRModuleOptions, string]>([
    ['the server does not want it', {}, 'negotiateVersion=1&useStatefulReconnect=true'],
    ['the client does not ask', { statefulReconnect: true }, 'negotiateVersion=1'],
    ['the client says no', { statefulReconnect: true }, 'negotiateVersion=1&useStatefulReconnect=false'],
    ['the token is no secret', { statefulReconnect: true }, 'useStatefulReconnect=true'],
    ['there are no WebSockets', { statefulReconnect: true, transports: ['LongPolling'] }, 'negotiateVersion=1&useStatefulReconnect=true'],
  ])('says nothing of it where %s', async (_, options, query) => {
    const { body } = await ask('POST', `${await urlOf(options)}/negotiate?${query}`);
    expect(body).not.toContain('useStatefulReconnect');
  });

  it('is the hub’s affair where it has an option of its own', async () => {
    expect(await negotiateToResume(await urlOf({ statefulReconnect: false }, ResumableHub))).toMatchObject({ useStatefulReconnect: true });
  });
});

describe('a client that has not negotiated it', () => {
  it('may say acks and sequences, which are nothing, and cannot come back', async () => {
    const { url, hub } = await resumableApp();
    const { body } = await ask('POST', `${url}/negotiate?negotiateVersion=1`);
    const at = `${url}?id=${(JSON.parse(body) as { connectionToken: string }).connectionToken}`;
    const socket = await HubSocket.join(at);
    socket.socket.send([ack(99), sequence(99)].map(record).join(''));
    expect(await socket.ask('note', 'alive')).toMatchObject({ result: 'alive' });
    expect(await HubSocket.refusal(at)).toMatchObject({ status: 409 });
    socket.socket.terminate();
    await hub.gone.reached;
    expect([hub.ends, await HubSocket.refusal(at)]).toEqual([[undefined], expect.objectContaining({ status: 404 })]);
  });

  it('cannot come back either when its handshake says the version before', async () => {
    const { url, hub } = await resumableApp();
    const peer = await ResumablePeer.join(url, {}, { version: 1 });
    expect(await peer.refusal()).toBe(409);
    await peer.cut();
    await hub.gone.reached;
    expect(hub.ends).toEqual([undefined]);
  });

  it('cannot come back before its handshake', async () => {
    const { url } = await resumableApp();
    const { connectionToken } = await negotiateToResume(url);
    const socket = await HubSocket.open(`${url}?id=${connectionToken}`);
    expect(await HubSocket.refusal(`${url}?id=${connectionToken}`)).toMatchObject({ status: 409 });
    socket.socket.terminate();
  });
});

describe('J06: somebody else who has the token', () => {
  async function ofAda() {
    const house = await resumableApp({ authenticate: ({ headers }) => headers['x-user'] && { id: headers['x-user'] } });
    return { ...house, peer: await ResumablePeer.join(house.url, { 'X-User': 'ada' }) };
  }

  it.each([
    ['another user', { 'X-User': 'eve' }, 403],
    ['nobody', {}, 401],
  ])('does not come in as %s, and the client is not disturbed', async (_, headers, status) => {
    const { clients, peer } = await ofAda();
    expect(await peer.refusal(headers)).toBe(status);
    await clients.all.send('said', 'still here');
    expect(await peer.hearCalls(1)).toEqual(['still here']);
  });

  it('does not come in either while the client is away, who then comes back', async () => {
    const { clients, peer, next } = await ofAda();
    const interrupted = next('interrupted');
    await peer.cut();
    await interrupted;
    expect(await peer.refusal({ 'X-User': 'eve' })).toBe(403);
    await clients.user('ada').send('said', 'to ada');
    expect(await peer.resume(1)).toEqual(sequence(1));
    expect(await peer.hearCalls(1)).toEqual(['to ada']);
  });

  it('does not come in with the id, which is no secret', async () => {
    const { url, peer } = await ofAda();
    const refused = await HubSocket.refusal(`${url}?id=${peer.connectionId}`, { headers: { 'X-User': 'ada' } });
    expect(refused.status).toBe(404);
  });

  it('does not come in by an event stream, a poll, a POST or a DELETE', async () => {
    const { peer } = await ofAda();
    const headers = { 'X-User': 'ada' };
    const statuses = [
      (await ask('GET', peer.url, headers)).status,
      (await ask('GET', peer.url, { ...headers, Accept: 'text/event-stream' })).status,
      (await ask('POST', peer.url, headers, 'x')).status,
      (await ask('DELETE', peer.url, headers)).status,
    ];
    expect(statuses).toEqual([400, 400, 405, 400]);
    peer.call('1', 'note', 'undisturbed');
    expect(await peer.hear()).toMatchObject({ result: 'undisturbed' });
  });
});
