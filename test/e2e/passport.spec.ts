import { HttpTransportType } from '@microsoft/signalr';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Injectable, SetMetadata, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { Caller, Hub, HubConnections, HubMethod, SignalRModule, type HubCallerContext, type SignalRModuleOptions } from 'nestjs-signalr';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { ask } from '../support/app-request.js';
import { HubSocket } from '../support/hub-socket.js';
import { connectTo, reasonOf } from '../support/nest-client.js';
import { bearer, doors, knock, negotiate } from '../support/nest-knock.js';
import { platforms, servedOn, type Platform } from '../support/nest-platforms.js';

const secret = 'a secret that only these tests know';

interface User {
  sub: string;
  roles: string[];
}

/** As the documentation of Nest has it. */
@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret, algorithms: ['HS256'] });
  }

  validate({ sub, roles }: User): User {
    return { sub, roles };
  }
}

@Injectable()
class JwtAuthGuard extends AuthGuard('jwt') {}

const Roles = (...roles: string[]) => SetMetadata('roles', roles);

/** As the documentation of Nest has it: nothing of it knows of hubs. */
@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.getAllAndOverride<string[] | undefined>('roles', [context.getHandler(), context.getClass()]);
    if (roles === undefined) return true;
    const { user } = context.switchToHttp().getRequest<{ user: User }>();
    return roles.some((role) => user.roles.includes(role));
  }
}

@Hub('/chat')
@UseGuards(JwtAuthGuard, RolesGuard)
class ChatHub {
  @HubMethod()
  who(@Caller() caller: HubCallerContext<User>) {
    return [caller.user, caller.userIdentifier];
  }

  @HubMethod()
  @Roles('admin')
  rule() {
    return 'ruled';
  }
}

@Hub('/staff')
@UseGuards(AuthGuard('jwt'), RolesGuard)
@Roles('staff')
class StaffHub {}

/** Guards of methods alone: everybody may connect. */
@Hub('/mixed')
class MixedHub {
  @HubMethod()
  open() {
    return 'open';
  }

  @HubMethod()
  @UseGuards(JwtAuthGuard)
  closed(@Caller() caller: HubCallerContext<User>) {
    return caller.user.sub;
  }
}

@Controller('pages')
@UseGuards(JwtAuthGuard, RolesGuard)
class PagesController {
  @Get()
  @Roles('admin')
  page() {
    return 'a page';
  }
}

const jwt = new JwtService({ secret });
const token = (sub: string, roles: string[] = [], expiresIn = 60): string => jwt.sign({ sub, roles }, { expiresIn });
const wrong = (): string => new JwtService({ secret: 'another secret' }).sign({ sub: 'ada', roles: ['admin'] });
const unsigned = (): string =>
  `${[
    { alg: 'none', typ: 'JWT' },
    { sub: 'ada', roles: ['admin'] },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')}.`;

/** Which key is meant, and how it was signed, is nothing that a token may say. */
const forged = (header: object, secretOfIt: string, algorithm: 'HS256' | 'HS512' = 'HS256'): string =>
  new JwtService({ secret: secretOfIt }).sign({ sub: 'ada', roles: ['admin'] }, { algorithm, header: { alg: algorithm, ...header } });

const served = (platform: Platform = 'Express', options?: SignalRModuleOptions, providers: object[] = []) =>
  servedOn(platform, {
    imports: [SignalRModule.forRoot(options), PassportModule, JwtModule.register({ secret })],
    controllers: [PagesController],
    providers: [JwtStrategy, ChatHub, StaffHub, MixedHub, ...(providers as never[])],
  });

const as = (...claims: Parameters<typeof token>) => ({ accessTokenFactory: () => token(...claims) });
const skipping = { transport: HttpTransportType.WebSockets, skipNegotiation: true };
const unauthorized = { message: 'Unauthorized', statusCode: 401 };
const forbidden = { message: 'Forbidden resource', error: 'Forbidden', statusCode: 403 };

describe.each(platforms)('AuthGuard of @nestjs/passport on %s', (platform) => {
  it.each([
    ['with a negotiation', {}],
    ['without one, the token in the query as browsers send it', skipping],
  ])('knows who connects and who calls: %s', async (_, options) => {
    const { url } = await served(platform);
    const connection = await connectTo(`${url}/chat`, { ...options, ...as('ada', ['member']) });
    expect(await connection.invoke('who')).toEqual([{ sub: 'ada', roles: ['member'] }, 'ada']);
    await connection.stop();
  });

  it.each<[string, () => string | undefined]>([
    ['is missing', () => undefined],
    ['is none', () => 'x'],
    ['was signed by another', wrong],
    ['was not signed', unsigned],
    ['has expired', () => token('ada', ['admin'], -1)],
    ['names a key of its own', () => forged({ kid: '../../../../dev/null' }, ' ')],
    ['was signed in another way', () => forged({}, secret, 'HS512')],
  ])('H15: refuses with 401 before any socket is open whose token %s', async (_, tokenOf) => {
    const { app, url } = await served(platform);
    const given = tokenOf();
    const headers = given === undefined ? {} : bearer(given);
    for (const door of doors) expect(await knock(door, `${url}/chat`, headers)).toMatchObject({ status: 401, body: unauthorized });
    expect((await knock('upgrade', `${url}/chat`, {}, `access_token=${given ?? ''}`)).status).toBe(401);
    expect(await app.get(HubConnections).of(ChatHub).count()).toBe(0);
  });

  it('lets nobody take the connection that another has negotiated', async () => {
    const { url } = await served(platform);
    const { connectionToken } = await negotiate(`${url}/chat`, bearer(token('ada')));
    const refusal = await HubSocket.refusal(`${url}/chat?id=${connectionToken}`, { headers: bearer(token('bob')) });
    expect(refusal).toEqual({ status: 403, body: 'The connection was negotiated by another user.' });
    await HubSocket.join(`${url}/chat?id=${connectionToken}`, { headers: bearer(token('ada', ['newer'])) });
  });
});

describe('a RolesGuard with Reflector', () => {
  it('lets call who has the role, and tells the others that they may not', async () => {
    const { url } = await served();
    const [ada, bob] = [await connectTo(`${url}/chat`, as('ada', ['admin'])), await connectTo(`${url}/chat`, as('bob', ['member']))];
    expect(await ada.invoke('rule')).toBe('ruled');
    expect(await reasonOf(bob.invoke('rule'))).toBe("Failed to invoke 'rule' because user is unauthorized");
    expect(await bob.invoke('who')).toEqual([{ sub: 'bob', roles: ['member'] }, 'bob']);
    await Promise.all([ada.stop(), bob.stop()]);
  });

  it('lets connect who has the role of the hub, and answers the others with 403', async () => {
    const { url } = await served();
    await (await connectTo(`${url}/staff`, as('ada', ['staff']))).stop();
    for (const door of doors) {
      expect(await knock(door, `${url}/staff`, bearer(token('bob', ['member'])))).toMatchObject({ status: 403, body: forbidden });
    }
    expect(await reasonOf(connectTo(`${url}/staff`, as('bob', ['member'])))).toContain("Status code '403'");
  });

  it('and AuthGuard are the same for hubs and controllers', async () => {
    const { url } = await served();
    const page = (claims: Parameters<typeof token>) => ask('GET', `${url}/pages`, bearer(token(...claims)));
    expect([(await page(['ada', ['admin']])).status, (await page(['bob', ['member']])).status]).toEqual([200, 403]);
  });

  it('and AuthGuard may stand before the whole application', async () => {
    const { url } = await served('Express', {}, [
      { provide: APP_GUARD, useClass: JwtAuthGuard },
      { provide: APP_GUARD, useClass: RolesGuard },
    ]);
    for (const door of doors) expect((await knock(door, `${url}/mixed`)).status).toBe(401);
    const connection = await connectTo(`${url}/mixed`, as('ada'));
    expect(await connection.invoke('open')).toBe('open');
    await connection.stop();
  });
});

describe('AuthGuard before a method alone', () => {
  it('finds the token of the connection, which everybody may open', async () => {
    const { url } = await served();
    for (const options of [{}, skipping]) {
      const connection = await connectTo(`${url}/mixed`, { ...options, ...as('ada') });
      expect([await connection.invoke('open'), await connection.invoke('closed')]).toEqual(['open', 'ada']);
      await connection.stop();
    }
    const nobody = await connectTo(`${url}/mixed`);
    expect(await nobody.invoke('open')).toBe('open');
    expect(await reasonOf(nobody.invoke('closed'))).toBe("Failed to invoke 'closed' because user is unauthorized");
    await nobody.stop();
  });
});

describe('a token that expires while its connection lives', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('makes the guard refuse calls from then on, and leaves the connection alone', async () => {
    const { app, url } = await served();
    const connection = await connectTo(`${url}/chat`, { accessTokenFactory: () => token('ada', [], 60) });
    expect(await connection.invoke('who')).toEqual([{ sub: 'ada', roles: [] }, 'ada']);
    const later = Date.now() + 61_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    expect(await reasonOf(connection.invoke('who'))).toBe("Failed to invoke 'who' because user is unauthorized");
    expect(await app.get(HubConnections).of(ChatHub).count({ user: 'ada' })).toBe(1);
    await connection.stop();
  });
});

describe('a token that is refreshed in time', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('is the one that the guard looks at before each call', async () => {
    const { url } = await served('Express', { authenticationRefresh: true });
    const { connectionToken } = await negotiate(`${url}/chat`, bearer(token('ada', [], 60)));
    const socket = await HubSocket.join(`${url}/chat?id=${connectionToken}&access_token=${token('ada', [], 60)}`);
    const path = `${url}/chat/refresh?id=${connectionToken}`;
    expect(await ask('POST', path, bearer(token('ada', ['admin'], 600)))).toMatchObject({ status: 200, body: '{}' });
    const later = Date.now() + 61_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    expect(await socket.ask('who')).toMatchObject({ result: [{ sub: 'ada', roles: ['admin'] }, 'ada'] });
    expect(await socket.ask('rule')).toMatchObject({ result: 'ruled' });
    expect(await ask('POST', path, bearer(token('ada', [], -120)))).toMatchObject({ status: 401, body: '{"error":"invalid_token"}' });
  });
});

describe('JwtService', () => {
  it('is enough for authenticate, without passport', async () => {
    const authenticate = ({ headers }: { headers: { authorization?: string } }): Promise<User> =>
      jwt.verifyAsync(headers.authorization?.replace(/^Bearer /, '') ?? '');
    const { url } = await served('Express', { authenticate });
    const connection = await connectTo(`${url}/mixed`, as('ada'));
    expect(await connection.invoke('open')).toBe('open');
    await connection.stop();
    for (const given of [{}, bearer(wrong()), bearer(unsigned())]) {
      for (const door of doors) expect(await knock(door, `${url}/mixed`, given)).toMatchObject({ status: 401, body: unauthorized });
    }
  });
});
