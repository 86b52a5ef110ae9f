import EvlogContracts
import EvlogCore
import EvlogJSON
import EvlogTesting
import Foundation
import Testing

/// The schema of a contract takes and refuses what the contract does, by a validator of other authors.
@Suite struct SchemaComparisonTests {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()

  private static func python(_ arguments: [String], input: String = "") throws -> (Int32, String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let file = FileManager.default.temporaryDirectory.appending(path: "evlog-\(UUID())")
    // Nothing depends on it.
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(input.utf8).write(to: file)
    process.standardInput = try FileHandle(forReadingFrom: file)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, said)
  }

  private static var hasValidator: Bool {
    // Without Python there is no validator either.
    (try? python(["-c", "import jsonschema"]).0) == 0
  }

  @Test(.enabled(if: hasValidator, "Python's jsonschema is not installed"))
  func anotherValidatorSaysTheSame() throws {
    var input = ""
    var expected: [String] = []
    var subjects: [[String]] = []
    for seed in Seeds.first(150) {
      var rules = RandomRules(random: SeededGenerator(seed: seed &+ 7000))
      let plain = [rules.rule(3), rules.rule(2)]
      let contract = try Contract(
        [
          EventContract("A", plain[0].rule),
          EventContract(
            "A", since: 2, .record(["p": .optional(.text(matching: "^[a-c]{1,2}|é$"))])),
          EventContract("B", plain[1].rule),
        ], closed: rules.random.oneIn(2))
      let lines = (0..<40).map { _ in
        let type = ["A", "B", "C"][rules.random.below(3)]
        let version = UInt32(rules.random.below(3) + 1)
        let rule = type == "B" ? plain[1] : plain[0]
        let isOld = version == 1
        let value =
          isOld || type == "B"
          ? rules.value(for: rule, 3)
          : .object([("p", .string(["a", "bd", "é", "dé", "", "d"][rules.random.below(6)]))])
        return (type, version, value)
      }
      var taken = ""
      var subject: [String] = []
      input += contract.jsonSchema().schema.canonicalText + "\n\(lines.count)\n"
      for (type, version, value) in lines {
        let line = JSONValue.object(
          [("type", .string(type)), ("data", value)]
            + (version == 1 ? [] : [("schemaVersion", .int(version))]))
        input += line.canonicalText + "\n"
        let refusal = contract.refusal(
          of: event(type, value.canonicalText, version: version))
        taken += refusal == nil ? "1" : "0"
        subject.append("seed \(seed): \(contract.text)\n\(line.canonicalText)")
      }
      expected.append(taken)
      subjects.append(subject)
    }
    let (status, said) = try Self.python(
      [Self.package.appending(path: "compare.py").path], input: input)
    #expect(status == 0)
    let answers = said.split(separator: "\n").map(String.init)
    #expect(answers.count == expected.count)
    for (i, (answer, own)) in zip(answers, expected).enumerated() where answer != own {
      for (j, pair) in zip(answer, own).enumerated() where pair.0 != pair.1 {
        Issue.record("the schema says \(pair.0), the contract \(pair.1): \(subjects[i][j])")
      }
    }
    let all = expected.joined()
    #expect(all.contains("0") && all.contains("1"))
  }
}
