import { describe, expect, it } from '@jest/globals';
import { moduleOf, servedAppFrom } from '../support/app-of.js';
import { ask } from '../support/app-request.js';
import { HubPeer } from '../support/hub-peer.js';
import { OrdersHub } from './hubs/hooks.hub.js';
import { HealthController } from './operations/health.controller.js';
import { Metrics } from './operations/metrics.js';
import { SignalRIndicator } from './operations/signalr.indicator.js';
import { start } from './operations/start.js';
import { examplesThatNobodyRuns } from './pages.js';

describe('docs/operations.md', () => {
  it('has no example that is not run here', () => {
    expect(examplesThatNobodyRuns('operations')).toEqual([]);
  });

  it('has a probe, an indicator and metrics', async () => {
    const metadata = moduleOf([OrdersHub, Metrics, SignalRIndicator]);
    const { app, url } = await servedAppFrom({ ...metadata, controllers: [HealthController] });
    expect((await ask('GET', `${url}/health/ready`)).status).toBe(200);
    const peer = await HubPeer.join(app, OrdersHub);
    await peer.ask('nope');
    const metrics = app.get(Metrics);
    expect([metrics.connections, [...metrics.calls]]).toEqual([1, [['OrdersHub.unknown', { count: 1, failed: 1, milliseconds: 0 }]]]);
    await app.close();
    expect(metrics.connections).toBe(0);
    expect(app.get(SignalRIndicator).isHealthy()).toEqual({ signalr: { status: 'down' } });
    expect(() => app.get(HealthController).ready()).toThrow('Service Unavailable Exception');
  });

  it('has an application that drains', () => {
    expect(start).toBeInstanceOf(Function);
  });
});
