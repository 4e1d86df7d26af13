#include <pstar/sweep/journal.hpp>
#include <pstar/sweep/merge_journals.hpp>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"

namespace journal_test {

namespace {

namespace fs = std::filesystem;
using Json = pstar::Journal::Json;

/// A folder of its own, removed afterwards.
struct Folder {
    fs::path path;
    Folder() {
        std::string name = (fs::temp_directory_path() / "pstar_journal_XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
};

const Json configuration{{"epochs", 5}, {"optimizer", {{"name", "sgd"}, {"lr", 0.1}}}};

Json record(int i) {
    return {{"run", {{"p", 0.25 * i}}}, {"status", "finished"}, {"result", 1.0 / (i + 1)}};
}
std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
void put(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}
std::vector<Json> records(const pstar::Journal& journal) {
    std::vector<Json> result;
    journal.for_each([&](const Json& found, std::size_t) { result.push_back(found); });
    return result;
}
/// The text of a journal of `count` records.
std::string written(const fs::path& path, int count) {
    {
        pstar::Journal journal(path, configuration);
        for (int i = 0; i < count; ++i) journal.append(record(i));
        CHECK(journal.notes().empty());
    }
    return contents(path);
}

}  // namespace

TEST_CASE("what was appended is there when the journal is opened again") {
    const Folder folder;
    const auto path = folder.path / "j.jsonl";
    const auto text = written(path, 3);
    for (std::size_t start = 0; start < text.size(); start = text.find('\n', start) + 1)
        CHECK_NOTHROW(nlohmann::json::parse(text.substr(start, text.find('\n', start) - start)));
    pstar::Journal journal(path, configuration);
    CHECK(journal.notes().empty());
    CHECK(contents(path) == text);
    CHECK(records(journal) == std::vector<Json>{record(0), record(1), record(2)});
    journal.append(record(3));
    CHECK(records(journal).size() == 4);  // those appended since included
    journal.flush();
}

TEST_CASE("cut off at any byte, a journal keeps every whole line") {
    const Folder folder;
    const auto path = folder.path / "j.jsonl";
    const auto text = written(path, 3);
    for (std::size_t size = 0; size <= text.size(); ++size) {
        put(path, text.substr(0, size));
        std::size_t whole = 0;  // lines that are complete, with or without their line break
        for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n', end + 1))
            if (size >= end) ++whole;
        {
            pstar::Journal journal(path, configuration);
            INFO(size);
            REQUIRE(records(journal).size() == (whole == 0 ? 0 : whole - 1));
            const bool torn = size > 0 && text[size - 1] != '\n' && (size == text.size() || text[size] != '\n');
            REQUIRE(journal.notes().size() == (torn ? 1U : 0U));
            if (torn) CHECK(journal.notes()[0].find("torn") != std::string::npos);
            journal.append(record(7));
        }
        const pstar::Journal again(path, configuration);
        CHECK(again.notes().empty());
        REQUIRE(records(again).back() == record(7));
    }
}

TEST_CASE("a flipped bit costs at most the two lines it touches, and is reported by number") {
    const Folder folder;
    const auto path = folder.path / "j.jsonl";
    const auto text = written(path, 3);
    for (std::size_t byte = 0; byte < text.size(); ++byte) {
        auto flipped = text;
        flipped[byte] = static_cast<char>(static_cast<unsigned char>(flipped[byte]) ^ (1U << (byte % 8)));
        put(path, flipped);
        INFO(byte);
        const pstar::Journal journal(path, configuration);
        REQUIRE(!journal.notes().empty());
        const auto line = 1 + static_cast<std::size_t>(
                                  std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n'));
        if (text[byte] != '\n' && flipped[byte] != '\n')
            REQUIRE(journal.notes()[0].find("line " + std::to_string(line) + " of") == 0);
        REQUIRE(records(journal).size() >= 1);
        for (const auto& found : records(journal))
            REQUIRE((found == record(0) || found == record(1) || found == record(2)));
        REQUIRE(contents(path).find("\"journal\"") != std::string::npos);  // with a first line put right if need be
    }
}

TEST_CASE("a journal of another configuration is refused with the difference and left as it was") {
    const Folder folder;
    const auto path = folder.path / "j.jsonl";
    const auto text = written(path, 2);
    auto other = configuration;
    other["epochs"] = 20;
    other["seed"] = 1;
    CHECK_THROWS_WITH(pstar::Journal(path, other),
                      Catch::Contains("epochs 5 there, 20 here; seed unset there, 1 here"));
    CHECK(contents(path) == text);
    CHECK_NOTHROW(pstar::Journal(path, Json{{"optimizer", {{"lr", 0.1}, {"name", "sgd"}}}, {"epochs", 5}}));

    auto headless = text;
    headless[3] = '#';
    put(path, headless);
    CHECK_THROWS_AS(pstar::Journal(path, other), pstar::DataError);
    CHECK(contents(path) == headless);
    CHECK(records(pstar::Journal(path, configuration)).size() == 2);
}

TEST_CASE("a file that is no journal is refused and left as it was") {
    const Folder folder;
    const auto path = folder.path / "notes.txt";
    for (const std::string text : {"my only copy", "my only copy\n", "{\"a\": 1}\n", "\n"}) {
        put(path, text);
        CHECK_THROWS_AS(pstar::Journal(path, configuration), pstar::DataError);
        CHECK(contents(path) == text);
    }
    CHECK_THROWS_AS(pstar::Journal(folder.path / "no" / "such" / "folder", configuration), std::system_error);
    CHECK_THROWS_AS(pstar::Journal(folder.path, configuration), std::system_error);
}

TEST_CASE("a journal that cannot be read to its end is an error, not a shorter journal") {
    const Folder folder;
    pstar::JournalLines lines(folder.path, configuration);  // a folder opens, but does not read
    CHECK_THROWS_AS(lines.next(), std::system_error);
}

TEST_CASE("a sealed line whose id is no text is of another configuration") {
    const Folder folder;
    const auto path = folder.path / "journal.jsonl";
    { pstar::Journal(path, configuration).append(record(1)); }
    for (const Json& id : {Json(7), Json(nullptr), Json{{"a", 1}}}) {
        auto odd = record(2);
        odd["id"] = id;
        put(path, contents(path) + pstar::sealed_line(odd) + "\n");
    }
    const pstar::Journal journal(path, configuration);
    CHECK(records(journal).size() == 1);
    CHECK(journal.notes().size() == 3);
}

TEST_CASE("two journals of one configuration, one after the other in a file, are a journal") {
    const Folder folder;
    const auto path = folder.path / "j.jsonl";
    const auto text = written(path, 2);
    put(path, text + text);
    pstar::Journal journal(path, configuration);
    CHECK(journal.notes().empty());
    CHECK(records(journal).size() == 4);  // who reads them sees that runs occur twice
}

TEST_CASE("a second holder is refused, in this process and in another, until the first is gone") {
    const Folder folder;
    const auto path = folder.path / "j.jsonl";
    {
        pstar::Journal journal(path, configuration);
        CHECK_THROWS_WITH(pstar::Journal(path, configuration), Catch::Contains("in use by another process"));
        const auto child = ::fork();
        if (child == 0) {
            try {
                const pstar::Journal second(path, configuration);
            } catch (const pstar::DataError&) {
                ::_exit(7);
            }
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK(WEXITSTATUS(status) == 7);
    }
    CHECK_NOTHROW(pstar::Journal(path, configuration));
}

TEST_CASE("a kill loses nothing that was appended") {
    const Folder folder;
    const auto path = folder.path / "j.jsonl";
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const auto child = ::fork();
    if (child == 0) {
        pstar::Journal journal(path, configuration);
        for (int i = 0;; ++i) {
            journal.append(record(i));
            const auto told = ::write(ready[1], "x", 1);
            if (told != 1) ::_exit(1);
        }
    }
    char told[100];
    std::size_t appended = 0;
    while (appended < 1000) {
        const auto n = ::read(ready[0], told, sizeof told);
        REQUIRE(n > 0);
        appended += static_cast<std::size_t>(n);
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    const pstar::Journal journal(path, configuration);
    const auto found = records(journal);
    REQUIRE(found.size() >= appended);
    for (std::size_t i = 0; i < found.size(); ++i) REQUIRE(found[i] == record(static_cast<int>(i)));
}

TEST_CASE("what a removed journal held is saved beside it, and goes on under its name") {
    const Folder folder;
    const auto path = folder.path / "j.jsonl", saved = folder.path / "j.jsonl.saved";
    {
        pstar::Journal journal(path, configuration);
        journal.append(record(0));
        journal.append(record(1));
        fs::remove(path);
        CHECK_THROWS_WITH(journal.append(record(2)), Catch::Contains("removed file '" + path.string() + "'") &&
                                                         Catch::Contains("saved in '" + saved.string() + "'"));
        CHECK(!fs::exists(path));
        std::ofstream(saved) << "somebody's";
        CHECK_THROWS_WITH(journal.append(record(2)), !Catch::Contains("saved in"));
        CHECK(fs::file_size(saved) == 10);
        fs::remove(saved);
        CHECK_THROWS_AS(journal.append(record(2)), std::system_error);
    }
    fs::rename(saved, path);
    CHECK(records(pstar::Journal(path, configuration)) == std::vector{record(0), record(1)});
}

TEST_CASE("a full disk is an error that leaves whole lines") {
    // A limit on the size of files in a process of its own: writing beyond it ends half way, as on a full disk.
    const Folder folder;
    const auto path = folder.path / "j.jsonl";
    const auto child = ::fork();
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{2000, 2000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        int safe = 0;
        try {
            pstar::Journal journal(path, configuration);
            for (; safe < 100; ++safe) journal.append(record(safe));
        } catch (const std::system_error& error) {
            const bool named = std::string(error.what()).find("j.jsonl") != std::string::npos;
            ::_exit(named ? safe : 101);
        }
        ::_exit(102);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const auto safe = WEXITSTATUS(status);
    REQUIRE(safe > 2);
    REQUIRE(safe < 100);
    CHECK(contents(path).back() == '\n');
    const pstar::Journal journal(path, configuration);
    CHECK(journal.notes().empty());
    CHECK(records(journal).size() == static_cast<std::size_t>(safe));
}

TEST_CASE("merging takes what is missing, once, and changes nothing in the other file") {
    const Folder folder;
    const auto a = folder.path / "a.jsonl", b = folder.path / "b.jsonl";
    written(a, 2);
    {
        pstar::Journal journal(b, configuration);
        for (int i = 1; i < 4; ++i) journal.append(record(i));
    }
    const auto text = contents(b);
    pstar::Journal journal(a, configuration);
    const auto merged = pstar::merge_journal(journal, b);
    CHECK(merged.added == 2);
    CHECK(merged.already_there == 1);
    CHECK(merged.notes.empty());
    CHECK(records(journal).size() == 4);
    CHECK(contents(b) == text);
    CHECK(pstar::merge_journal(journal, b).added == 0);
    CHECK_THROWS_AS(pstar::merge_journal(journal, folder.path / "none.jsonl"), std::system_error);

    const auto c = folder.path / "c.jsonl";
    {
        pstar::Journal other(c, configuration);
        auto changed = record(0);
        changed["result"] = 0.25;
        other.append(changed);
        CHECK_THROWS_AS(pstar::merge_journal(journal, c), pstar::DataError);  // still in use
    }
    const auto conflict = pstar::merge_journal(journal, c);
    CHECK(conflict.added == 0);
    REQUIRE(conflict.notes.size() == 1);
    CHECK(conflict.notes[0].find("another result") != std::string::npos);
    CHECK(records(journal)[0] == record(0));
    CHECK_THROWS_AS(pstar::merge_journal(journal, a), pstar::DataError);  // itself
}

TEST_CASE("a run that failed in one journal and was done in the other is taken over") {
    const Folder folder;
    const auto a = folder.path / "a.jsonl", b = folder.path / "b.jsonl";
    pstar::Journal journal(a, configuration);
    journal.append({{"run", record(0)["run"]}, {"status", "failed"}, {"error", "no memory"}});
    written(b, 1);
    CHECK(pstar::merge_journal(journal, b).added == 1);
    CHECK(records(journal).back() == record(0));
    CHECK(pstar::merge_journal(journal, b).added == 0);
}

TEST_CASE("a journal whose lines end in carriage return and line feed is read as it is") {
    const Folder folder;
    const auto path = folder.path / "journal.jsonl";
    std::string text = written(path, 3);
    for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at + 2)) text.insert(at, "\r");
    put(path, text);
    pstar::Journal journal(path, configuration);
    CHECK(journal.notes().empty());
    journal.append(record(3));
    CHECK(records(journal).size() == 4);
}

TEST_CASE("sealed lines that are no record or header end nothing") {
    const Folder folder;
    const auto path = folder.path / "journal.jsonl";
    const auto text = written(path, 1);
    std::string deep = "{\"run\":" + std::string(75600, '[') + std::string(75600, ']');
    put(path, text + deep + pstar::detail::seal_of(deep) + "\n");
    const pstar::Journal journal(path, configuration);
    CHECK(records(journal).size() == 1);
    REQUIRE(journal.notes().size() == 1);
    CHECK_THAT(journal.notes()[0], Catch::Contains("line 3 of") && Catch::Contains("damaged"));

    const auto other = folder.path / "other.jsonl";
    put(other, pstar::sealed_line(Json{{"journal", "pstar"}, {"version", "x"}, {"configuration", 7}}) + "\n");
    CHECK_THROWS_AS(pstar::Journal(other, configuration), pstar::DataError);
}

}  // namespace journal_test
