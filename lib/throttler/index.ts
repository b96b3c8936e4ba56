export { SignalRThrottlerGuard } from './signalr-throttler.guard.js';
