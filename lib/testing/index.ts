export { FakeClock } from './fake-clock.js';
export { recordingHubClients, RecordingHubClients, type RecordedCall, type RecordedRecipients } from './recording-hub-clients.js';
export { createTestChannel, TestChannel, type TestChannelOptions } from './test-channel.js';
export { createTestClient, TestClient, type TestClientEnd, type TestClientOptions } from './test-client.js';
export type { TestedApplication } from './tested-application.js';
