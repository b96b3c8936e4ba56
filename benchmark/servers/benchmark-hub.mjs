import { Module } from '@nestjs/common';
import { Caller, Clients, Hub, HubClients, HubMethod, InjectHubClients, SignalRModule } from 'nestjs-signalr';
import { lastValueFrom, Observable, range, reduce } from 'rxjs';
import { decorateClass, decorateMethod } from './decorate.mjs';

export const HUB_PATH = '/hub';

/** As the README writes hubs: a provider that has others injected. Nothing is left out of it for the sake of speed. */
export class BenchmarkHub {
  constructor(clients) {
    this.clients = clients;
  }

  Echo(text) {
    return text;
  }

  async Broadcast(text) {
    await this.clients.all.send('Message', text);
  }

  async JoinGroup(group, caller) {
    await caller.groups.add(group);
  }

  async SendGroup(group, text, clients) {
    await clients.group(group).send('Message', text);
  }

  async *Generate(first, count) {
    for (let item = first; item < first + count; item++) yield item;
  }

  Observe(first, count) {
    return range(first, count);
  }

  Sum(items) {
    return lastValueFrom(items.pipe(reduce(add, { count: 0, sum: 0 })));
  }
}

function add({ count, sum }, item) {
  return { count: count + 1, sum: sum + item };
}

const methods = {
  Echo: { types: [String] },
  Broadcast: { types: [String] },
  JoinGroup: { types: [String, Object], parameters: [undefined, Caller()] },
  SendGroup: { types: [String, String, Object], parameters: [undefined, undefined, Clients()] },
  Generate: { types: [Number, Number] },
  Observe: { types: [Number, Number] },
  Sum: { types: [Observable] },
};
for (const [name, method] of Object.entries(methods)) decorateMethod(BenchmarkHub, name, { decorators: [HubMethod()], ...method });
decorateClass(BenchmarkHub, { decorators: [Hub(HUB_PATH)], types: [HubClients], parameters: [InjectHubClients(BenchmarkHub)] });

/** An application that serves the hub with the options that everybody gets. */
export class App {}
decorateClass(App, { decorators: [Module({ imports: [SignalRModule.forRoot()], providers: [BenchmarkHub] })] });
