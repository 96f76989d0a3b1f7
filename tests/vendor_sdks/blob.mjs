// Drive a fake of Vercel Blob with Vercel's own SDK; `generateClientTokenFromReadWriteToken` and
// `upload` are what a browser and its server use.
import assert from "node:assert/strict";
import {
  BlobNotFoundError, BlobPreconditionFailedError, completeMultipartUpload, copy, createFolder,
  createMultipartUpload, createMultipartUploader, del, head, issueSignedToken, list, presignUrl,
  put, rename, uploadPart,
} from "@vercel/blob";
import { generateClientTokenFromReadWriteToken, put as putFromBrowser } from "@vercel/blob/client";

const access = "private";
const part = 5 * 1024 * 1024;
const content = process.env.CONTENT_URL;
const read = async (pathname) => {
  const headers = { authorization: `bearer ${process.env.BLOB_READ_WRITE_TOKEN}` };
  const response = await fetch(`${content}/${encodeURIComponent(pathname)}`, { headers });
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
};
const prefix = "node";
const names = async (options) => (await list({ prefix, ...options })).blobs.map((b) => b.pathname);

// Stored once, overwritten on request only, under a random name on request.
const one = await put(`${prefix}/one.txt`, "one", { access, cacheControlMaxAge: 60 });
assert.deepEqual([one.pathname, one.contentType], [`${prefix}/one.txt`, "text/plain"]);
await assert.rejects(put(one.pathname, "two", { access }), /already exists/);
const two = await put(one.pathname, "two", { access, allowOverwrite: true, contentType: "text/x" });
assert.equal((await read(one.pathname)).toString(), "two");
assert.notEqual(one.etag, two.etag);
await assert.rejects(put(one.pathname, "3", { access, ifMatch: one.etag }), BlobPreconditionFailedError);
await put(one.pathname, "three", { access, ifMatch: two.etag, cacheControlMaxAge: 60 });
const random = await put(`${prefix}/random.txt`, "r", { access, addRandomSuffix: true });
assert.match(random.pathname, /^node\/random-[\w-]{20,}\.txt$/);
await assert.rejects(put("a//b", "x", { access }), /\/\//);

// Described by its URL and by its pathname.
for (const which of [one.url, one.pathname]) {
  const known = await head(which);
  assert.deepEqual([known.size, known.cacheControl], [5, "private, max-age=60"]);
  assert.ok(known.uploadedAt instanceof Date && known.etag);
}
await assert.rejects(head(`${prefix}/missing`), BlobNotFoundError);

// Copied with its content, renamed, in folders.
const copied = await copy(one.url, `${prefix}/copy.md`, { access });
assert.deepEqual([copied.contentType, (await read(copied.pathname)).toString()], ["text/markdown", "three"]);
await assert.rejects(copy(`${prefix}/missing`, `${prefix}/x`, { access }), BlobNotFoundError);
await assert.rejects(
  copy(one.url, `${prefix}/x`, { access, ifMatch: one.etag }), BlobPreconditionFailedError);
await rename(copied.pathname, `${prefix}/deep/renamed.md`, { access });
await assert.rejects(head(copied.pathname), BlobNotFoundError);
await createFolder(`${prefix}/deep`, { access });
await put(`${prefix}/deep`, "a file where a folder is", { access });
const awkward = `${prefix}/what is 100% & "ü"?.txt`;
const strange = await put(awkward, "x", { access });
assert.deepEqual([strange.pathname, (await head(strange.url)).pathname], [awkward, awkward]);

// Listed page by page, and folded.
const found = [];
for (let cursor, hasMore = true; hasMore; ) {
  const page = await list({ prefix: `${prefix}/`, limit: 2, cursor });
  found.push(...page.blobs.map((blob) => blob.pathname));
  ({ cursor, hasMore } = page);
  assert.equal(cursor === undefined, !hasMore);
}
assert.deepEqual(found, await names({ prefix: `${prefix}/` }));
const folded = await list({ prefix: `${prefix}/`, mode: "folded" });
assert.deepEqual(folded.folders, [`${prefix}/deep/`]);
assert.ok(folded.blobs.every((blob) => !blob.pathname.slice(5).includes("/")));
await assert.rejects(list({ limit: 5000 }), /limit/);

// Uploaded in parts: step by step, by an uploader, by one call, and from a browser.
const large = Buffer.alloc(2 * part + 7, "large");
const options = { access, contentType: "image/png" };
const pieces = [large.subarray(0, part), large.subarray(part, 2 * part), large.subarray(2 * part)];
const steps = `${prefix}/ü steps.png`;
const upload = await createMultipartUpload(steps, options);
const sent = [];
for (const number of [3, 1, 2]) {
  sent.push(await uploadPart(steps, pieces[number - 1], { ...options, ...upload, partNumber: number }));
}
await assert.rejects(
  completeMultipartUpload(steps, [{ partNumber: 1, etag: '"x"' }], { ...options, ...upload }), /parts/);
const whole = await completeMultipartUpload(steps, sent, { ...options, ...upload });
assert.deepEqual([whole.pathname, whole.contentType], [steps, "image/png"]);
assert.ok((await read(steps)).equals(large));
const uploader = await createMultipartUploader(`${prefix}/uploader.bin`, options);
const small = [await uploader.uploadPart(1, "a"), await uploader.uploadPart(2, "b")];
await assert.rejects(uploader.complete(small), /minimum/);
await put(`${prefix}/call.bin`, large, { access, multipart: true });
assert.ok((await read(`${prefix}/call.bin`)).equals(large));
const pathname = `${prefix}/browser.png`;
const grant = { pathname, maximumSizeInBytes: large.length, allowedContentTypes: ["image/*"] };
const token = await generateClientTokenFromReadWriteToken(grant);
await putFromBrowser(pathname, large, { ...options, token, multipart: true });
assert.ok((await read(pathname)).equals(large));
await assert.rejects(putFromBrowser("other", "x", { ...options, token }), /token/);
await assert.rejects(putFromBrowser(pathname, "x", { access, token, contentType: "text/html" }), /not allowed/i);

// A signed URL reads one file.
const scope = { pathname, operations: ["get"], validUntil: Date.now() + 60_000 };
const signed = await issueSignedToken(scope);
const { presignedUrl } = await presignUrl(signed, { pathname, operation: "get", access });
const { search } = new URL(presignedUrl);
assert.equal((await fetch(`${content}/${pathname}${search}`)).status, 200);
assert.equal((await fetch(`${content}/${one.pathname}${search}`)).status, 403);

// What the fake does not do, it says.
const image = { access, optimizeImage: { width: 10 } };
await assert.rejects(put(`${prefix}/o.png`, "x", image), /this fake does not support/);

// Deleted, on a condition too; missing ones are no error.
await assert.rejects(del(one.url, { ifMatch: two.etag }), BlobPreconditionFailedError);
await del([one.url, random.pathname, `${prefix}/missing`]);
assert.ok(!(await names()).includes(one.pathname));
await del(await names());
assert.deepEqual(await names(), []);
