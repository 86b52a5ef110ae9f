import EvlogReplay
import EvlogStore
import SystemPackage

extension JSONValue {
  static func inspection(_ file: FileInspection, isBrief: Bool) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("file", .string(file.file.string)), ("kind", .string(file.kind.rawValue)),
      ("bytes", .int(file.byteCount)),
      ("segment", file.segment.map { .segment($0) } ?? .null),
      ("remarks", .array(file.remarks.map { .remark($0) })),
      ("problems", .array(file.problems.map { .remark($0) })),
    ]
    if !isBrief {
      members.append(("parts", .array(file.parts.map { .part($0) })))
      members.append(("chunks", .array(file.chunks.map { .object(JSONObject(chunk($0))) })))
    }
    return .object(members)
  }

  static func inspection(_ chunk: ChunkInspection) -> JSONValue {
    .object(
      [
        ("file", .string(chunk.file.string)), ("kind", .string(chunk.kind.rawValue)),
        ("number", .int(chunk.number)),
      ] + Self.chunk(chunk.chunk) + [
        ("parts", .array(chunk.parts.map { .part($0) })),
        ("events", .array(chunk.events.map { .envelope($0) })),
      ])
  }

  private static func remark(_ remark: FileInspection.Remark) -> JSONValue {
    .object([("text", .string(remark.text)), ("byte", .optional(remark.byte))])
  }

  private static func segment(_ segment: FileInspection.SegmentFacts) -> JSONValue {
    .object([
      ("store", .string("\(segment.store)")), ("firstOffset", .int(segment.offsets.lowerBound)),
      ("endOffset", .int(segment.offsets.upperBound)),
      ("salt", .string(InspectText.hex(segment.salt))),
      ("chain", .string(InspectText.hex(segment.chain))),
      ("lastFrame", .optional(segment.lastFrame.map { InspectText.hex($0) })),
      ("createdAt", .string("\(segment.createdAt)")),
      ("firstTime", .optional(segment.times.map { "\($0.lowerBound)" })),
      ("lastTime", .optional(segment.times.map { "\($0.upperBound)" })),
    ])
  }

  private static func part(_ part: FileInspection.Part) -> JSONValue {
    .object([
      ("name", .string(part.name)), ("byte", .int(part.bytes.lowerBound)),
      ("bytes", .int(part.bytes.count)),
      (
        "fields",
        .array(
          part.fields.map {
            .object([
              ("byte", .int($0.byte)), ("bytes", .int($0.count)), ("name", .string($0.name)),
              ("value", .string($0.value)),
            ])
          })
      ),
    ])
  }

  private static func chunk(_ chunk: FileInspection.Chunk) -> [(String, JSONValue)] {
    [
      ("byte", .int(chunk.bytes.lowerBound)), ("bytes", .int(chunk.bytes.count)),
      ("firstOffset", .optional(chunk.offsets?.lowerBound)),
      ("endOffset", .optional(chunk.offsets?.upperBound)),
      ("rawBytes", .optional(chunk.rawByteCount)), ("turns", .optional(chunk.turnCount)),
      ("durableBefore", .optional(chunk.durableBefore)),
      ("firstTime", .optional(chunk.times.map { "\($0.lowerBound)" })),
      ("lastTime", .optional(chunk.times.map { "\($0.upperBound)" })),
      ("problem", .optional(chunk.problem)),
    ]
  }

  private static func envelope(_ event: ChunkInspection.Envelope) -> JSONValue {
    .object([
      ("offset", .int(event.offset)), ("stream", .string(event.stream)),
      ("revision", .int(event.revision)), ("type", .string(event.type)),
      ("time", .string("\(event.recordedAt)")), ("schemaVersion", .int(event.schemaVersion)),
      ("contentType", .string(event.contentType)), ("beginsTurn", .bool(event.beginsTurn)),
      ("turn", .optional(event.turnID)), ("id", .optional(event.id)),
      ("causation", .optional(event.causation)), ("correlation", .optional(event.correlation)),
      ("dataBytes", .int(event.dataBytes)), ("metadataBytes", .optional(event.metadataBytes)),
      ("dataStart", .int(event.dataStart)),
    ])
  }
}
