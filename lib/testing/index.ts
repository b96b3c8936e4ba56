export { FakeClock } from './fake-clock.js';
export { recordingHubClients, RecordingHubClients, type RecordedCall, type RecordedRecipients } from './recording-hub-clients.js';
export { createTestClient, TestClient, type TestClientEnd, type TestClientOptions, type TestedApplication } from './test-client.js';
