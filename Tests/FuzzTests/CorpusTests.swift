import FuzzTestSupport
import Testing

@Suite struct CorpusTests {
}
