import Foundation
import Testing

/// Prints as the articles do: what is printed must be what the comment behind it says, on the same line
/// or on the lines that follow.
func print(_ value: Any, file: String = #filePath, line: Int = #line) {
  guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
    Issue.record("\(file) cannot be read")
    return
  }
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let onTheLine = lines[line - 1].split(separator: "  // ", maxSplits: 1).dropFirst()
  let below = lines[line...].prefix { $0.isComment }.map { $0.drop { " /".contains($0) } }
  let said = onTheLine.first ?? below.joined(separator: " ")[...]
  #expect(
    words("\(value)") == words(said),
    sourceLocation: SourceLocation(fileID: file, filePath: file, line: line, column: 1))
}

/// A text however it is broken into lines.
private func words(_ text: some StringProtocol) -> String {
  text.split { $0.isWhitespace }.joined(separator: " ")
}

extension Substring {
  fileprivate var isComment: Bool { drop { $0 == " " }.hasPrefix("//") }
}
