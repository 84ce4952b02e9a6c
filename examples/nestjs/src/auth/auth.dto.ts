import { Optional, Text } from "../common/fields";

const ANYTHING = /^/;

export class RegisterDto {
  @Text(3, 32, /^[A-Za-z0-9_.-]+$/) username: string;
  @Text(8, 128, ANYTHING) password: string;
  @Optional() @Text(1, 100) displayName?: string;
}

export class LoginDto {
  @Text(1, 32) username: string;
  @Text(1, 128, ANYTHING) password: string;
}

export class RefreshDto {
  @Text(1, 128, ANYTHING) refreshToken: string;
}
