// PostGraphile as one of the servers that `make bench-engine` compares. It speaks to its starter as the others do: it says
// where it serves and where its counters are, and ends when its standard input does.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";

// PostGraphile asks for Node 22. Of what it uses, Node 20 lacks only this.
Promise.withResolvers ??= function () {
  const it = {};
  it.promise = new this((resolve, reject) => Object.assign(it, { resolve, reject }));
  return it;
};

const service = postgraphile({
  extends: [PostGraphileAmberPreset],
  disablePlugins: ["PgIndexBehaviorsPlugin"], // it hides orders and conditions that no index of one column serves
  pgServices: [makePgService({ connectionString: process.argv[2], schemas: ["public"], poolConfig: { max: 16 } })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
});

const server = createServer();
await service.createServ(grafserv).addTo(server);

// Nanoseconds of CPU time since the start. Allocations are not counted here.
const counters = createServer((_, response) => {
  const { user, system } = process.cpuUsage();
  response.end(JSON.stringify({ cpu: (user + system) * 1000, mallocs: 0 }));
});

const listen = (s) => new Promise((resolve) => s.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${s.address().port}`)));
console.log("ready", await listen(server), await listen(counters));
process.stdin.on("end", () => process.exit()).resume();
