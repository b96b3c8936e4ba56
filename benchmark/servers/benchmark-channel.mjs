import { Module } from '@nestjs/common';
import { Channel, HandleIn, Join, phoenix, SignalRModule, Socket } from 'nestjs-signalr';
import { decorateClass, decorateMethod } from './decorate.mjs';

export const SOCKET_PATH = '/socket';

/** A room as the README writes them. */
export class BenchmarkChannel {
  join() {
    return {};
  }

  Echo(payload) {
    return payload;
  }

  async Broadcast(payload, socket) {
    await socket.broadcast('Message', payload);
  }
}

decorateMethod(BenchmarkChannel, 'join', { decorators: [Join()], types: [] });
decorateMethod(BenchmarkChannel, 'Echo', { decorators: [HandleIn('Echo')], types: [Object] });
decorateMethod(BenchmarkChannel, 'Broadcast', {
  decorators: [HandleIn('Broadcast')],
  types: [Object, Object],
  parameters: [undefined, Socket()],
});
decorateClass(BenchmarkChannel, { decorators: [Channel('room:*')] });

/** A room that knows who is in it. */
export class BenchmarkCrowd {
  join() {
    return {};
  }

  async Appear(payload, socket) {
    await socket.track(payload);
  }

  async Vanish(payload, socket) {
    await socket.untrack();
  }
}

decorateMethod(BenchmarkCrowd, 'join', { decorators: [Join()], types: [] });
for (const name of ['Appear', 'Vanish'])
  decorateMethod(BenchmarkCrowd, name, { decorators: [HandleIn(name)], types: [Object, Object], parameters: [undefined, Socket()] });
decorateClass(BenchmarkCrowd, { decorators: [Channel('crowd:*', { presence: true })] });

/** An application that serves rooms with the options that everybody gets, save what is said of the module and of the endpoint. */
export function makeApp(options, endpoint) {
  class App {}
  const channels = [{ ...endpoint, path: SOCKET_PATH, dialect: phoenix() }];
  const imports = [SignalRModule.forRoot({ ...options, channels })];
  decorateClass(App, { decorators: [Module({ imports, providers: [BenchmarkChannel, BenchmarkCrowd] })] });
  return App;
}
