import EvlogJSON
import EvlogStore

extension FileInspection {
  /// Takes the line of JSON with which a snapshot begins apart: a field for each of its members.
  mutating func explainSnapshotHeader() {
    guard kind == .snapshot, let i = parts.firstIndex(where: { $0.name == "snapshot" }),
      let at = parts[i].fields.firstIndex(where: { $0.name == "header" })
    else { return }
    let line = parts[i].fields[at]
    let bytes = Array(line.value.utf8)
    // That it is none is what is said.
    guard let members = try? JSONParser.members(of: bytes[...]) else {
      problems.append(Remark("Its header is not a JSON object", byte: line.byte))
      return
    }
    parts[i].fields.replaceSubrange(
      at...at,
      with: members.map { member in
        Field(
          byte: line.byte + UInt64(member.value.lowerBound), count: member.value.count,
          name: member.key, value: String(decoding: bytes[member.value], as: UTF8.self))
      })
  }
}
