// Prints, for each manifest on standard input (a JSON array), the ids of the rules of @monokle/validation that it breaks.
import { createDefaultMonokleValidator, ResourceParser, SchemaLoader } from "@monokle/validation";

const PLUGINS = {
  "pod-security-standards": true,
  practices: true,
  "open-policy-agent": true,
  "kubernetes-schema": false, // loads schemas from the network
  "resource-links": false,
  "yaml-syntax": false,
  metadata: false,
};

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const manifests = JSON.parse(Buffer.concat(chunks).toString());

const found = [];
for (const [index, text] of manifests.entries()) {
  const content = JSON.parse(text);
  const resource = {
    id: `${index}`,
    fileId: `${index}`,
    filePath: `${index}.yaml`,
    fileOffset: 0,
    text,
    content,
    apiVersion: content.apiVersion,
    kind: content.kind,
    name: content.metadata?.name ?? "",
    namespace: content.metadata?.namespace,
  };
  const validator = createDefaultMonokleValidator(new ResourceParser(), new SchemaLoader());
  await validator.preload({ plugins: PLUGINS });
  const answer = await validator.validate({ resources: [resource] });
  found.push([...new Set(answer.runs.flatMap((run) => run.results.map((result) => result.ruleId)))].sort());
}
console.log(JSON.stringify(found));
