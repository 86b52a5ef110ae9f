import EvlogJSON
import Foundation
import Testing

/// Exports in other formats.
@Suite struct ExportFormatTests {
  /// Import makes the same log of what is exported, whatever is in it.
  @Test(arguments: ["csv", "cloudevents"]) func importMakesTheSameLog(format: String) async throws {
    let seed = UInt64.random(in: .min ... .max)
    let place = try Workplace()
    try place.write(ExportTests.oddLines(seed: seed).joined(separator: "\n"), to: "odd.ndjson")
    try place.addShop()
    let answer = try await place.shell(
      """
      set -e
      evlog import a.evlog odd.ndjson >/dev/null; evlog import a.evlog events.ndjson.gz >/dev/null 2>&1
      evlog export a.evlog out.gz --format \(format) --json | jq -r .digest
      evlog import b.evlog out.gz --format \(format) --batch 7 --json 2>/dev/null | jq -c '[.addedEvents,.records,.passedOver]'
      evlog import b.evlog out.gz --format \(format) --json 2>/dev/null | jq -c '[.addedEvents,.alreadyThere]'
      evlog verify a.evlog --json | jq -r .digest; evlog verify b.evlog --json | jq -r .digest
      """)
    let lines = answer.output.split(separator: "\n")
    #expect(answer.status == 0 && lines.count == 5, "seed \(seed): \(answer.output)\(answer.error)")
    guard lines.count == 5 else { return }
    #expect(lines[1] == "[12794,12794,0]", "seed \(seed)")
    #expect(lines[2] == "[0,12794]", "seed \(seed)")
    #expect(lines[0] == lines[3] && lines[3] == lines[4], "seed \(seed): \(answer.output)")
  }

  /// Python's own modules read what is written.
  @Test func othersReadIt() async throws {
    let place = try Workplace()
    try place.write(ExportTests.oddLines(seed: 7).joined(separator: "\n"), to: "odd.ndjson")
    let answer = try await place.shell(
      """
      set -e
      evlog import a.evlog odd.ndjson >/dev/null
      evlog read a.evlog --ndjson > read
      for format in csv cloudevents itf shiviz; do evlog export a.evlog out.$format --format $format >/dev/null; done
      python3 -c '
      import base64, csv, json
      events = [json.loads(line) for line in open("read", newline="\\n")]
      rows = list(csv.DictReader(open("out.csv", newline="")))
      clouds = [json.loads(line) for line in open("out.cloudevents", newline="\\n")]
      trace = json.load(open("out.itf"))
      assert len(events) == len(rows) == len(clouds) == len(trace["states"])
      assert len({(c["source"], c["id"]) for c in clouds}) == len(clouds)
      for event, row, cloud, state in zip(events, rows, clouds, trace["states"]):
        for name in ["stream", "type", "time"]: assert row[name] == event[name] == state[name], (row, event)
        assert cloud["subject"] == event["stream"] and cloud["specversion"] == "1.0" and cloud["type"] == event["type"]
        assert set(state) == set(trace["vars"]) | {"#meta"}
        data = event.get("data64")
        if "data" in event: assert row["data"] and json.loads(row["data"]) == event["data"]
        elif data: assert row["data64"] == data == cloud["data_base64"]
      print("read")
      '
      """)
    #expect(answer.output == "read\n", "\(answer.output)\(answer.error)")
  }

  @Test func shivizHasTheClocks() async throws {
    let place = try Workplace()
    try place.write(
      #"""
      {"stream":"a b","type":"asks","id":"1","time":"2026-01-01"}
      {"stream":"c","type":"hears","id":"2","causation":"1","data":{"n":1},"time":"2026-01-01"}
      {"stream":"c","type":"thinks","time":"2026-01-01"}
      {"stream":"a b","type":"gets","causation":["2","9"],"time":"2026-01-01"}
      """#, to: "in.ndjson")
    let answer = try await place.shell(
      """
      evlog import a.evlog in.ndjson >/dev/null && evlog export a.evlog --format shiviz 2> said && cat said | grep causes
      evlog export a.evlog --format shiviz 2>/dev/null | evlog import b.evlog - --format shiviz --json | jq .addedEvents
      """)
    #expect(
      answer.output == """
        a%20b {"a%20b":1}
        asks
        c {"c":1,"a%20b":1}
        hears {"n":1}
        c {"c":2,"a%20b":1}
        thinks
        a%20b {"a%20b":2,"c":1}
        gets
        evlog: causes that are not among the exported events, and are left out: 1.
        4

        """, "\(answer.error)")
  }
}
