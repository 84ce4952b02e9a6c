import { Module } from "@nestjs/common";
import { JwtModule } from "@nestjs/jwt";

import { Config } from "../config";
import { UsersModule } from "../users/users.module";
import { AuthController } from "./auth.controller";
import { AuthService } from "./auth.service";
import { PasswordsService } from "./passwords.service";

@Module({
  imports: [
    UsersModule,
    JwtModule.registerAsync({
      inject: [Config],
      useFactory: ({ jwtSecret, accessTokenSeconds }: Config) => ({
        secret: jwtSecret,
        signOptions: { algorithm: "HS256", expiresIn: accessTokenSeconds },
      }),
    }),
  ],
  controllers: [AuthController],
  providers: [AuthService, PasswordsService],
  exports: [AuthService],
})
export class AuthModule {}
