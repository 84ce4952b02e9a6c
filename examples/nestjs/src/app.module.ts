import { Module } from "@nestjs/common";
import { APP_GUARD, APP_INTERCEPTOR } from "@nestjs/core";

import { AuthModule } from "./auth/auth.module";
import { JwtAuthGuard } from "./auth/jwt-auth.guard";
import { ConversationsModule } from "./conversations/conversations.module";
import { CoreModule } from "./core.module";
import { GatewayModule } from "./gateway/gateway.module";
import { LimitsInterceptor } from "./limits/limits.interceptor";
import { MessagesModule } from "./messages/messages.module";

@Module({
  imports: [CoreModule, AuthModule, ConversationsModule, MessagesModule, GatewayModule],
  // These are for REST; the gateway names its own.
  providers: [
    { provide: APP_GUARD, useClass: JwtAuthGuard },
    { provide: APP_INTERCEPTOR, useClass: LimitsInterceptor },
  ],
})
export class AppModule {}
