import { describe, expect, it } from "vitest";
import { parseTarget } from "./target.ts";

describe("parseTarget", () => {
  const good: readonly [text: string, address: string, protocol: string | undefined, tls: boolean | undefined][] = [
    ["localhost:50051", "localhost:50051", undefined, undefined],
    ["127.0.0.1:80", "127.0.0.1:80", undefined, undefined],
    ["[::1]:50051", "[::1]:50051", undefined, undefined],
    ["[0:0:0:0:0:0:0:1]:1", "[::1]:1", undefined, undefined],
    ["dns:///example.com:443", "example.com:443", undefined, undefined],
    ["grpc://Example.COM:1", "example.com:1", "grpc", false],
    ["GRPC://a:1/", "a:1", "grpc", false],
    ["grpcs://example.com", "example.com:443", "grpc", true],
    ["connect+http://a", "a:80", "connect", false],
    ["connect+https://a", "a:443", "connect", true],
    ["grpc-web+http://a:8080", "a:8080", "grpc-web", false],
    ["grpc-web+https://a", "a:443", "grpc-web", true],
    ["unix:/run/x.sock", "unix:/run/x.sock", "grpc", false],
    ["unix:///run/x.sock", "unix:/run/x.sock", "grpc", false],
    ["grpc://2130706433:1", "127.0.0.1:1", "grpc", false],
    ["0x7f000001:1", "127.0.0.1:1", undefined, undefined],
    ["0177.0.0.1:1", "127.0.0.1:1", undefined, undefined],
    ["127.1:1", "127.0.0.1:1", undefined, undefined],
    ["①②⑦.0.0.1:1", "127.0.0.1:1", undefined, undefined],
    ["[::ffff:169.254.169.254]:80", "[::ffff:a9fe:a9fe]:80", undefined, undefined],
  ];
  it.each(good)("reads %s", (text, address, protocol, tls) => {
    expect(parseTarget(text)).toMatchObject({ kind: "target", target: { address, protocol, tls, verify: true } });
  });

  it("reads how a certificate is to be checked", () => {
    expect(parseTarget("grpcs://10.0.0.1:443?verify=none&server-name=api.internal")).toMatchObject({
      target: { verify: false, serverName: "api.internal" },
    });
  });

  const named: readonly [text: string, authority: string, serverName: string | undefined][] = [
    ["grpcs://10.0.0.1:443?authority=api.internal", "api.internal", "api.internal"],
    ["grpcs://10.0.0.1:443?authority=api.internal:8443", "api.internal:8443", "api.internal"],
    ["connect+https://a?authority=[::1]:1", "[::1]:1", "::1"],
    ["grpcs://a?authority=b&server-name=c", "b", "c"],
    ["grpcs://a?authority=10.0.0.2&server-name=::1", "10.0.0.2", "::1"],
    ["grpc://a:1?authority=my_service.ns.svc", "my_service.ns.svc", undefined],
    ["unix:/run/x.sock?authority=greeter", "greeter", undefined],
  ];
  it.each(named)("reads the name to call by from %s", (text, authority, serverName) => {
    expect(parseTarget(text)).toMatchObject({ kind: "target", target: { authority: { text: authority }, serverName } });
  });

  const bad: readonly [text: string, why: RegExp][] = [
    ["", /empty/],
    ["localhost", /no port/],
    ["grpc://localhost", /no port/],
    ["grpc://", /no host/],
    ["localhost:0", /port 0/],
    ["localhost:65536", /port 65536/],
    ["http://localhost:1", /http:\/\/ is not a scheme/],
    ["ftp://a:1", /ftp/],
    ["vsock:1:2", /write host:port/],
    ["xds:///a", /xds/],
    ["grpc://user:pw@host:1", /credentials/],
    ["grpc://host:1/path", /no path/],
    ["grpc://host:1#x", /fragment/],
    ["grpc://host:1?verify=none", /need grpcs/],
    ["grpcs://host:1?x=y", /not an option/],
    ["host:1?authority=a", /need a scheme, such as grpcs/],
    ["dns:///host:1?authority=a", /authority needs a scheme/],
    ["grpc://a:1?authority=", /authority "" is not NAME/],
    ["grpc://a:1?authority=b%20c", /authority "b c" has " "/],
    ["grpc://a:1?authority=b%0d%0ax:y", /authority "b\\r\\nx:y" has "\\r"/],
    ["grpc://a:1?authority=user@b", /has "@"/],
    ["grpc://a:1?authority=b/c", /has "\/"/],
    ["grpc://a:1?authority=bücher.example", /has "ü"; a host has letters, digits/],
    ["grpc://a:1?authority=b:99999", /is not NAME, NAME:PORT/],
    ["grpc://a:1?authority=::1", /is not NAME, NAME:PORT/],
    ["grpc://a:1?authority=[::g]", /is not NAME, NAME:PORT/],
    [`grpc://a:1?authority=${"b".repeat(254)}`, /is not NAME, NAME:PORT/],
    ["grpcs://a:1?server-name=b:1", /server-name "b:1" has a port/],
    ["grpcs://a:1?server-name=b%00", /server-name "b\\u0000" has/],
    ["unix:/run/x.sock?verify=none", /need grpcs/],
    ["grpc://ho st:1", /space/],
    ["a\\b:1", /backslash/],
    ["unix:relative", /absolute/],
    ["[::1:1", /write host:port/],
    ["fe80::1:50051", /write host:port/],
    [`${"a".repeat(2000)}:1`, /longer than 1024/],
  ];
  it.each(bad)("refuses %s", (text, why) => {
    const parsed = parseTarget(text);
    expect(parsed.kind).toBe("problem");
    expect((parsed as { problem: string }).problem).toMatch(why);
  });
});
