import { Module } from '@nestjs/common';
import { ChatHub } from './chat.hub.js';
import { ChatService } from './chat.service.js';
import { Rooms } from './rooms.js';

@Module({ providers: [ChatHub, ChatService, Rooms] })
export class ChatModule {}
