import { credentials, refreshRequest, registration } from "../validation/schemas.js";

export function authRoutes({ auth, limits }) {
  return [
    {
      method: "POST",
      path: "/auth/register",
      open: true,
      body: registration,
      status: 201,
      handle: ({ body }) => auth.register(body),
    },
    {
      method: "POST",
      path: "/auth/login",
      open: true,
      body: credentials,
      async handle({ body }) {
        await limits.signIn(body.username);
        return auth.login(body);
      },
    },
    {
      method: "POST",
      path: "/auth/refresh",
      open: true,
      body: refreshRequest,
      handle: ({ body }) => auth.refresh(body.refreshToken),
    },
    {
      method: "POST",
      path: "/auth/logout",
      status: 204,
      handle: ({ caller }) => auth.logout(caller),
    },
  ];
}
