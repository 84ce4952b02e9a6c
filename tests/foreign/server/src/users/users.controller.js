import { userPath } from "../validation/schemas.js";

export function userRoutes({ users }) {
  return [
    {
      method: "GET",
      path: "/users/me",
      handle: ({ caller }) => users.look(caller.userId, caller.userId),
    },
    {
      method: "GET",
      path: "/users/:userId",
      params: userPath,
      handle: ({ caller, params }) => users.look(caller.userId, params.userId),
    },
  ];
}
