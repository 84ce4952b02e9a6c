import { ChatError, invalid, notFound } from "../errors.js";

/** Finds the route of a request: by method, and by a path whose `:name` segments are parameters. */
export class Router {
  constructor(routes) {
    this.routes = routes.map((route) => ({ ...route, segments: route.path.split("/") }));
  }

  /** {route, params}; `wrongMethod` is set on the refusal where the path has other methods. */
  find(method, path) {
    const segments = path.split("/");
    const matching = this.routes.filter((route) => fits(route.segments, segments));
    const route = matching.find((each) => each.method === method);
    if (route) return { route, params: parameters(route.segments, segments) };
    if (matching.length === 0) throw notFound("There is no such path");
    throw new WrongMethod(matching.map((each) => each.method));
  }
}

export class WrongMethod extends ChatError {
  constructor(methods) {
    super("VALIDATION_ERROR", "The path does not have this method");
    this.methods = methods;
  }
}

function fits(pattern, segments) {
  return (
    pattern.length === segments.length &&
    pattern.every((part, place) => (part.startsWith(":") ? segments[place] !== "" : part === segments[place]))
  );
}

function parameters(pattern, segments) {
  const names = pattern.map((part, place) => [part, place]).filter(([part]) => part.startsWith(":"));
  return Object.fromEntries(names.map(([part, place]) => [part.slice(1), decode(part.slice(1), segments[place])]));
}

function decode(name, segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalid([{ field: `/path/${name}`, problem: "is not encoded as UTF-8" }]);
  }
}
