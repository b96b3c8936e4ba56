import { Hub } from 'nestjs-signalr';

@Hub('/reports', { webSocket: { compression: { threshold: 4_096 }, maximumFrameSize: 262_144 } })
export class ReportsHub {}
