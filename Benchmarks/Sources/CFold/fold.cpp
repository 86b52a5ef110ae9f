#include "CFold.h"
#include "CLimit.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <lz4.h>
#include <simdjson.h>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

int64_t cents_of(std::string_view amount) {
  int64_t cents = 0;
  for (char c : amount)
    if (c != '.') cents = cents * 10 + (c - '0');
  return cents;
}

uint64_t number_of(std::string_view account) {
  uint64_t number = 0;
  for (char c : account.substr(account.size() - 7)) number = number * 10 + (uint64_t)(c - '0');
  return number;
}

struct folder {
  std::vector<int64_t> cents;
  simdjson::ondemand::parser parser;
  // The parser reads beyond the end of what it parses.
  char text[1024 + simdjson::SIMDJSON_PADDING];

  void add_binary(const bench_event &event) {
    uint32_t account;
    int64_t amount;
    memcpy(&account, event.data + 1, 4);
    memcpy(&amount, event.data + 13, 8);
    cents[account] += amount;
  }

  void add_json(const bench_event &event) {
    memcpy(text, event.data, event.data_count);
    auto document = parser.iterate(text, event.data_count, sizeof text);
    std::string_view account = document["account"], amount = document["amount"];
    cents[number_of(account)] += cents_of(amount);
  }
};

void read_fully(int file, uint8_t *bytes, size_t count, uint64_t position) {
  while (count > 0) {
    ssize_t got = pread(file, bytes, count, (off_t)position);
    if (got <= 0) bench_fail("pread: %s", strerror(errno));
    bytes += got;
    count -= (size_t)got;
    position += (uint64_t)got;
  }
}

}  // namespace

struct bench_result limit_fold(const struct bench_task *task) {
  bench_folder_warm(task->folder);
  uint64_t start = bench_clock();
  int file = bench_open(task->folder, "blocks", O_RDONLY);
  int index = bench_open(task->folder, "places", O_RDONLY);
  uint64_t blocks = (uint64_t)lseek(index, 0, SEEK_END) / 8;
  std::vector<uint64_t> places(blocks + 1);
  read_fully(index, (uint8_t *)places.data(), blocks * 8, 0);
  places[blocks] = (uint64_t)lseek(file, 0, SEEK_END);
  std::vector<uint8_t> bytes(LIMIT_READ + (size_t)LZ4_compressBound(LIMIT_BLOCK) + 64);
  std::vector<uint8_t> raw(LIMIT_BLOCK);
  auto state = std::make_unique<folder>();
  state->cents.resize(task->streams);
  struct bench_result result = {};
  for (uint64_t i = 0; i < blocks; i++) {
    read_fully(file, bytes.data(), places[i + 1] - places[i], places[i]);
    struct limit_block_header header;
    memcpy(&header, bytes.data(), sizeof header);
    const uint8_t *body = bytes.data() + sizeof header;
    if (bench_crc32c(body, header.stored_count) != header.checksum)
      bench_fail("a checksum is wrong");
    int count = LZ4_decompress_safe(
        (const char *)body, (char *)raw.data(), (int)header.stored_count, LIMIT_BLOCK);
    if (count != (int)header.raw_count) bench_fail("LZ4 failed");
    const uint8_t *p = raw.data();
    struct bench_event event;
    for (uint32_t j = 0; j < header.event_count; j++) {
      p = bench_record_read(p, &event);
      if (task->variant == BENCH_BIN)
        state->add_binary(event);
      else
        state->add_json(event);
    }
    result.events += header.event_count;
  }
  result.checksum = bench_totals_sum(state->cents.data(), state->cents.size());
  result.seconds = (double)(bench_clock() - start) / 1e9;
  close(index);
  close(file);
  return result;
}
