import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Events, type EventMap } from '../../lib/common/events.js';
import { nextTurn } from '../support/changes.js';

const connected = (connectionId: string): EventMap['connected'] => ({ endpoint: 'ChatHub', connectionId, userIdentifier: undefined });

describe('events', () => {
  let events: Events;
  let heard: string[];
  const hear = ({ connectionId }: EventMap['connected']): unknown => heard.push(connectionId);

  beforeEach(() => {
    events = new Events();
    heard = [];
  });

  it('reach every listener of that name, in the order of their coming', () => {
    events.on('connected', ({ connectionId }) => heard.push(`first ${connectionId}`));
    events.on('connected', ({ connectionId }) => heard.push(`second ${connectionId}`));
    events.on('disconnected', () => heard.push('another'));
    events.emit('connected', connected('a'));
    expect(heard).toEqual(['first a', 'second a']);
  });

  it('to nobody are no error', () => {
    expect(() => events.emit('connected', connected('a'))).not.toThrow();
  });

  it('tell makers whether anybody listens, so that nothing is made for nobody', () => {
    expect(events.has('connected')).toBe(false);
    const stop = events.on('connected', hear);
    expect(events.has('connected')).toBe(true);
    expect(events.has('invoked')).toBe(false);
    stop();
    expect(events.has('connected')).toBe(false);
  });

  it('do not reach who has stopped listening; stopping twice takes nobody else along', () => {
    const stop = events.on('connected', hear);
    events.on('connected', hear);
    stop();
    stop();
    events.emit('connected', connected('a'));
    expect(heard).toEqual(['a']);
  });

  it('let a listener stop itself, and the next one still hears', () => {
    const stop = events.on('connected', (event) => {
      hear(event);
      stop();
    });
    events.on('connected', hear);
    events.emit('connected', connected('a'));
    events.emit('connected', connected('b'));
    expect(heard).toEqual(['a', 'a', 'b']);
  });

  it('reach who begins during an event from the next one on, even one who begins again each time', () => {
    let stop = (): void => undefined;
    const again = (event: EventMap['connected']): void => {
      hear(event);
      stop();
      stop = events.on('connected', again);
    };
    stop = events.on('connected', again);
    events.emit('connected', connected('a'));
    events.emit('connected', connected('b'));
    expect(heard).toEqual(['a', 'b']);
  });

  describe('whose listener fails', () => {
    const error = new Error('a bad listener');

    it('reach the others all the same, and the failure is told once', () => {
      const failed = jest.fn();
      events.on('failed', failed);
      events.on('connected', () => {
        throw error;
      });
      events.on('connected', hear);
      events.emit('connected', connected('a'));
      expect(heard).toEqual(['a']);
      expect(failed.mock.calls).toEqual([[{ endpoint: 'ChatHub', doing: `telling a listener of 'connected'`, error }]]);
    });

    it('tell it too when the listener is asynchronous', async () => {
      const failed = jest.fn();
      events.on('failed', failed);
      events.on('connected', async () => {
        throw error;
      });
      events.emit('connected', connected('a'));
      await nextTurn();
      expect(failed.mock.calls).toEqual([[{ endpoint: 'ChatHub', doing: `telling a listener of 'connected'`, error }]]);
    });

    it('end there when the failing listener is the one of failures', async () => {
      const fail = jest.fn(() => {
        throw error;
      });
      const failLater = jest.fn(() => Promise.reject(error));
      events.on('failed', fail);
      events.on('failed', failLater);
      events.emit('failed', { endpoint: 'ChatHub', doing: 'something', error });
      await nextTurn();
      expect(fail).toHaveBeenCalledTimes(1);
      expect(failLater).toHaveBeenCalledTimes(1);
    });

    it('are no error when nobody listens to failures', () => {
      events.on('connected', () => {
        throw error;
      });
      expect(() => events.emit('connected', connected('a'))).not.toThrow();
    });
  });
});
