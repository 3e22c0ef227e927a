// Order, exactness, bad images and threads of the loader.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/full.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "cspgan/data/image_file.hpp"
#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/data/resize.hpp"
#include "data/image_cache.hpp"
#include "pictures.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

/// A user's own source: 4 x 4 pictures, the index in all pixels but for the left column, which is 255.
struct Numbered {
  std::int64_t count = 10;
  std::set<std::int64_t> bad = {};
  std::shared_ptr<std::atomic<std::int64_t>> calls = std::make_shared<std::atomic<std::int64_t>>(0);

  std::int64_t size() const { return count; }
  Tensor image(std::int64_t index) const {
    ++*calls;
    if (bad.contains(index)) throw ImageError("number " + std::to_string(index) + " is bad");
    Tensor picture = at::full({3, 4, 4}, index, at::kByte);
    picture.narrow(2, 0, 1).fill_(255);
    return picture;
  }
};

/// The same pictures, of which some cannot be had the first few times.
struct Unsteady {
  std::int64_t count = 10;
  std::map<std::int64_t, int> failures = {};  // of an index: how many
  std::shared_ptr<std::atomic<std::int64_t>> calls = std::make_shared<std::atomic<std::int64_t>>(0);
  std::shared_ptr<std::mutex> mutex = std::make_shared<std::mutex>();
  std::shared_ptr<std::map<std::int64_t, int>> calls_of = std::make_shared<std::map<std::int64_t, int>>();

  std::int64_t size() const { return count; }
  Tensor image(std::int64_t index) const {
    ++*calls;
    const auto found = failures.find(index);
    const std::lock_guard lock(*mutex);
    if (found != failures.end() && (*calls_of)[index]++ < found->second)
      throw TransientImageError("the network is down");
    return Numbered{}.image(index);
  }
};

LoaderOptions small(std::int64_t batch_size = 4) {
  return {.batch_size = batch_size, .image_size = 4, .seed = 3, .flip = false, .workers = 0, .max_bad_share = 0.25};
}

std::vector<std::int64_t> numbers_in(const Batch& batch) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < batch.images.size(0); ++i)
    numbers.push_back(batch.images[i][0][0][1].item<std::int64_t>());
  return numbers;
}

std::vector<std::int64_t> numbers_of(Loader& loader, std::int64_t batches) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < batches; ++i)
    for (const auto number : numbers_in(loader.next())) numbers.push_back(number);
  return numbers;
}

std::vector<Tensor> batches_of(Loader& loader, std::int64_t count) {
  std::vector<Tensor> batches;
  for (std::int64_t i = 0; i < count; ++i) batches.push_back(loader.next().images);
  return batches;
}

bool all_equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Tensor& x, const Tensor& y) { return at::equal(x, y); });
}

}  // namespace

TEST_CASE("Each epoch shows every image once, in an order of its own, and batches run on across its end", "[data]") {
  Loader loader(Numbered{}, small());  // 10 images, batches of 4: two epochs are five batches
  const auto numbers = numbers_of(loader, 5);
  REQUIRE(numbers.size() == 20);
  std::vector<std::int64_t> first(numbers.begin(), numbers.begin() + 10), second(numbers.begin() + 10, numbers.end());
  CHECK(first != second);
  for (auto* epoch : {&first, &second}) {
    std::sort(epoch->begin(), epoch->end());
    for (std::int64_t i = 0; i < 10; ++i) CHECK((*epoch)[static_cast<std::size_t>(i)] == i);
  }
  CHECK(loader.position() == 20);
  CHECK(loader.epoch() == 2);
  CHECK(loader.size() == 10);
}

TEST_CASE("The order is a function of the seed", "[data]") {
  auto options = small(10);
  Loader one(Numbered{}, options), same(Numbered{}, options);
  options.seed = 4;
  Loader other(Numbered{}, options);
  const auto numbers = numbers_of(one, 1);
  CHECK(numbers == numbers_of(same, 1));
  CHECK(numbers != numbers_of(other, 1));
}

TEST_CASE("Flips mirror about half of the images, others in the next epoch", "[data]") {
  auto options = small(200);
  options.flip = true;
  Loader loader(Numbered{.count = 200}, options);
  std::vector<std::vector<bool>> flipped(2, std::vector<bool>(200));
  for (auto& epoch : flipped) {
    const Batch batch = loader.next();
    for (std::int64_t i = 0; i < 200; ++i) {
      const bool mirrored = batch.images[i][0][0][3].item<int>() == 255 && batch.images[i][2][3][0].item<int>() != 255;
      const auto number = batch.images[i][0][0][1].item<std::int64_t>();
      epoch[static_cast<std::size_t>(number)] = mirrored;
      if (number != 255) CHECK((batch.images[i][1][2][0].item<int>() == 255) != mirrored);
    }
    const auto count = std::count(epoch.begin(), epoch.end(), true);
    CHECK(count > 70);
    CHECK(count < 130);
  }
  CHECK(flipped[0] != flipped[1]);
}

TEST_CASE("The number of workers, the prefetch depth and the cache change no bit", "[data]") {
  const Numbered source{.count = 37, .bad = {3, 4, 20}};
  auto options = small(5);
  options.flip = true;
  Loader reference(source, options);
  const auto expected = batches_of(reference, 30);
  const auto skipped = reference.skipped();
  for (const std::int64_t workers : {1, 4}) {
    for (const std::int64_t prefetch : {1, 7}) {
      for (const std::int64_t cache : {0, 64}) {
        options.workers = workers, options.prefetch = prefetch, options.cache_mebibytes = cache;
        Loader loader(source, options);
        CHECK(all_equal(batches_of(loader, 30), expected));
        CHECK((loader.skipped() == skipped));
      }
    }
  }
}

TEST_CASE("After a seek the batches are the bits of the unbroken run", "[data]") {
  for (const std::int64_t workers : {0, 2}) {
    auto options = small(4);
    options.flip = true, options.workers = workers;
    Loader unbroken(Numbered{.count = 11}, options);
    const auto expected = batches_of(unbroken, 12);
    Loader resumed(Numbered{.count = 11}, options);
    resumed.seek(5 * 4);
    CHECK(all_equal(batches_of(resumed, 7), {expected.begin() + 5, expected.end()}));
    resumed.seek(8);  // back, while others are being prepared
    CHECK(resumed.position() == 8);
    CHECK(all_equal(batches_of(resumed, 10), {expected.begin() + 2, expected.end()}));
    resumed.seek(resumed.position());
    unbroken.seek(resumed.position());
    CHECK(at::equal(resumed.next().images, unbroken.next().images));
    CHECK_THROWS_AS(resumed.seek(-1), OptionError);
  }
}

TEST_CASE("A bad image is replaced by the next good one and recorded once", "[data]") {
  for (const std::int64_t workers : {0, 3}) {
    auto options = small(10);
    options.workers = workers;
    Loader loader(Numbered{.count = 10, .bad = {4, 9}}, options);
    std::vector<SkippedImage> told;
    loader.on_bad_image([&](const SkippedImage& image) { told.push_back(image); });
    for (int epoch = 0; epoch < 3; ++epoch) {
      auto numbers = numbers_of(loader, 1);
      std::sort(numbers.begin(), numbers.end());
      CHECK(numbers == std::vector<std::int64_t>{0, 0, 1, 2, 3, 5, 5, 6, 7, 8});  // 9's next is 0
    }
    REQUIRE(loader.skipped().size() == 2);
    CHECK((told == loader.skipped()));
    auto names = std::set{told[0].name, told[1].name};
    CHECK(names == std::set<std::string>{"image 4", "image 9"});
    CHECK(contains(told[0].reason, "is bad"));
  }
}

TEST_CASE("Too many bad images stop the run and say how many and why", "[data]") {
  for (const std::int64_t workers : {0, 2}) {
    auto options = small(10);
    options.workers = workers, options.max_bad_share = 0.2;
    Loader loader(Numbered{.count = 10, .bad = {1, 2, 5}}, options);
    const std::string message = message_of<Error>([&] { loader.next(); });
    CHECK(contains(message, "3 of 10 images cannot be used, more than max_bad_share = 0.2 allows"));
    CHECK(contains(message, "is bad"));
    CHECK(loader.position() == 0);
    CHECK_THROWS_AS(loader.next(), Error);

    options.max_bad_share = 1;
    Loader none(Numbered{.count = 3, .bad = {0, 1, 2}},
                {.batch_size = 2, .image_size = 4, .workers = workers, .max_bad_share = 1});
    CHECK(contains(message_of<Error>([&] { none.next(); }), "none of the 3 images can be used"));
    Loader one(Numbered{.count = 3, .bad = {0, 2}},
               {.batch_size = 3, .image_size = 4, .workers = workers, .max_bad_share = 1});
    CHECK(numbers_of(one, 1) == std::vector<std::int64_t>{1, 1, 1});
  }
}

TEST_CASE("Images that were bad before a resume count, and are told once in the run", "[data]") {
  Loader loader(Numbered{.count = 10, .bad = {1, 2, 5}}, {.batch_size = 5, .image_size = 4, .max_bad_share = 0.3});
  std::vector<std::string> told;
  loader.on_bad_image([&](const SkippedImage& skipped) { told.push_back(skipped.name); });
  loader.count_bad({{loader.source().name(2), "it was bad"}, {"an image that is gone", "it was bad"}});
  loader.next();
  loader.next();
  CHECK(told.size() == 2);
  CHECK(loader.skipped().size() == 3);
  CHECK(loader.skipped().front().reason == "it was bad");
  loader.count_bad({{loader.source().name(7), "it was bad"}});
  CHECK(contains(message_of<Error>([&] { loader.next(); }), "4 of 10 images cannot be used"));
}

TEST_CASE("Images that were bad before a resume are known by names that are not UTF-8, and if a name stands twice",
          "[data]") {
  struct Named : Numbered {
    std::string name(std::int64_t index) const {
      return index == 1 || index == 2 ? "a\xff.png" : std::to_string(index);
    }
  };
  Loader loader(Named{{.count = 10, .bad = {1, 2}}}, {.batch_size = 5, .image_size = 4, .max_bad_share = 0.3});
  std::vector<std::string> told;
  loader.on_bad_image([&](const SkippedImage& skipped) { told.push_back(skipped.name); });
  loader.count_bad({{text_in_json("a\xff.png"), "as warnings.jsonl says"}});
  loader.next();
  loader.next();
  CHECK(told.empty());
  CHECK(loader.skipped().size() == 2);
}

TEST_CASE("Without a word about it, a loader stops where more than a tenth of the images are bad", "[data]") {
  const LoaderOptions options{.batch_size = 20, .image_size = 4};
  CHECK_NOTHROW(Loader(Numbered{.count = 20, .bad = {1, 2}}, options).next());
  CHECK(contains(message_of<Error>([&] {
                   Loader(Numbered{.count = 20, .bad = {1, 2, 3}}, options).next();
                 }),
                 "max_bad_share = 0.1"));
}

TEST_CASE("A read that fails for a moment is tried again, and a damaged image is not", "[data]") {
  for (const std::int64_t workers : {0, 2}) {
    auto options = small(10);
    options.workers = workers;
    Loader undisturbed(Numbered{.count = 30}, options);
    Loader loader(Unsteady{.count = 30, .failures = {{3, 2}, {17, 3}}}, options);
    CHECK(all_equal(batches_of(loader, 6), batches_of(undisturbed, 6)));
    CHECK(loader.skipped().empty());
  }
  const Numbered damaged{.count = 10, .bad = {4}};
  Loader loader(damaged, small(10));
  loader.next();
  CHECK(*damaged.calls == 10);
}

TEST_CASE("A read that never succeeds makes a bad image, and a disk that is gone is not waited for", "[data]") {
  constexpr int always = 1000;
  Unsteady source{.count = 60, .failures = {}};
  for (std::int64_t index = 0; index < 60; ++index) source.failures[index] = always;
  auto options = small(60);
  options.max_bad_share = 1;
  Loader loader(source, options);
  CHECK(contains(message_of<Error>([&] { loader.next(); }), "the network is down"));
  CHECK(*source.calls == 4 * 4 + 56);  // three more tries for each of the first four
}

TEST_CASE("A file that is there and cannot be read may be tried again, and no other", "[data]") {
  CHECK_THROWS_AS(load_image("/proc/self/mem"), TransientImageError);  // opens, and the first read is an I/O error
  const TemporaryFolder folder;
  write_bytes(folder.path() / "damaged.png", "no picture");
  for (const auto& path : {folder.path() / "missing.png", folder.path(), folder.path() / "damaged.png"}) {
    INFO(path.string());
    bool transient = false;
    try {
      load_image(path);
    } catch (const TransientImageError&) {
      transient = true;
    } catch (const ImageError&) {
    }
    CHECK_FALSE(transient);
  }
}

TEST_CASE("An image that one thread has had is not made bad by the failure of another", "[data]") {
  struct FailingFirst {
    std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<std::promise<void>> entered = std::make_shared<std::promise<void>>();
    std::shared_future<void> others_done;
    std::int64_t size() const { return 1; }
    Tensor image(std::int64_t) const {
      if ((*calls)++ > 0) return at::full({3, 4, 4}, 7, at::kByte);
      entered->set_value();
      others_done.wait();
      throw ImageError("gone for a moment");
    }
  };
  std::promise<void> done;
  const FailingFirst source{.others_done = done.get_future().share()};
  cspgan::detail::ImageCache cache(source, 4, 1);
  std::vector<std::uint8_t> failing(48), succeeding(48), later(48);
  std::string reason_of_failing = "(none)";
  std::thread other([&] { reason_of_failing = cache.load(0, failing.data()); });
  source.entered->get_future().wait();
  CHECK(cache.load(0, succeeding.data()).empty());
  done.set_value();
  other.join();
  CHECK(reason_of_failing.empty());
  CHECK(failing == succeeding);
  CHECK(cache.load(0, later.data()).empty());
  CHECK(later == succeeding);
}

TEST_CASE("Damaged files among good ones are skipped by name", "[data]") {
  const TemporaryFolder folder;
  for (int i = 0; i < 6; ++i) write_bytes(folder.path() / (std::to_string(i) + ".ppm"), plain_pnm(8, 6, {i, i, i}));
  const std::string whole = png(2, 1, 8, 0, std::string("\0\x10\xf0", 3));
  write_bytes(folder.path() / "cut.png", std::string_view(whole).substr(0, whole.size() - 20));
  Loader loader(ImageFolder(folder.path()), small(7));
  CHECK(loader.next().images.sizes() == at::IntArrayRef({7, 3, 4, 4}));
  REQUIRE(loader.skipped().size() == 1);
  CHECK(loader.skipped()[0].name == "cut.png");
  CHECK(contains(loader.skipped()[0].reason, "cut short"));
}

TEST_CASE("What a source throws besides ImageError reaches the caller, from workers too", "[data]") {
  struct Broken {
    std::int64_t size() const { return 8; }
    Tensor image(std::int64_t) const { throw std::runtime_error("the disk is gone"); }
  };
  for (const std::int64_t workers : {0, 2}) {
    Loader loader(Broken{}, {.batch_size = 2, .image_size = 4, .workers = workers});
    CHECK(message_of<std::runtime_error>([&] { loader.next(); }) == "the disk is gone");
    CHECK(message_of<std::runtime_error>([&] { loader.next(); }) == "the disk is gone");
    CHECK(loader.position() == 0);
  }
}

TEST_CASE("A source that gives something else than an image is named by the shape", "[data]") {
  struct Gray {
    std::int64_t size() const { return 4; }
    Tensor image(std::int64_t) const { return at::empty({1, 4, 4}, at::kByte); }
  };
  Loader loader(Gray{}, {.batch_size = 2, .image_size = 4});
  CHECK(contains(message_of<Error>([&] { loader.next(); }), "[1, 4, 4]"));
}

TEST_CASE("Loader options that cannot work are refused with the value", "[data]") {
  const auto refused = [](LoaderOptions options) {
    return message_of<OptionError>([&] { Loader(Numbered{}, options); });
  };
  const std::string message = refused({.batch_size = 64, .image_size = 4});
  CHECK(contains(message, "batch_size is 64"));
  CHECK(contains(message, "only 10 images"));
  CHECK(contains(refused({.batch_size = 0}), "batch_size must lie in"));
  CHECK(contains(refused({.batch_size = 1, .image_size = 0}), "image_size must lie in"));
  CHECK(contains(refused({.batch_size = 1, .workers = -1}), "workers must lie in"));
  CHECK(contains(refused({.batch_size = 1, .prefetch = 0}), "prefetch must lie in"));
  CHECK(contains(refused({.batch_size = 1, .max_bad_share = 1.5}), "max_bad_share"));
  CHECK_THROWS_AS(Loader(Numbered{.count = 0}, small()), Error);
}

TEST_CASE("Images are cropped in the middle and resized", "[data]") {
  struct Wide {
    std::int64_t size() const { return 1; }
    Tensor image(std::int64_t) const { return pattern(20, 31); }
  };
  Loader loader(Wide{}, {.batch_size = 1, .image_size = 8, .flip = false});
  CHECK(at::equal(loader.next().images[0], resize(center_crop_square(pattern(20, 31)), 8)));
}

TEST_CASE("With room in the cache each image is made once, without it again in each epoch", "[data]") {
  for (const bool cached : {true, false}) {
    const Numbered source{.count = 16};
    auto options = small(8);
    options.cache_mebibytes = cached ? 1 : 0;
    Loader loader(source, options);
    batches_of(loader, 6);
    CHECK(*source.calls == (cached ? 16 : 48));
  }
}

TEST_CASE("A loader can be destroyed while its workers are busy", "[data]") {
  struct Slow {
    std::int64_t size() const { return 100; }
    Tensor image(std::int64_t) const {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      return at::full({3, 4, 4}, 1, at::kByte);
    }
  };
  for (int i = 0; i < 5; ++i) {
    Loader loader(Slow{}, {.batch_size = 4, .image_size = 4, .workers = 3});
    if (i > 0) loader.next();
    if (i > 2) loader.seek(40);
  }
  Loader moved_from(Slow{}, {.batch_size = 4, .image_size = 4, .workers = 2});
  moved_from.next();
  Loader moved(std::move(moved_from));
  CHECK(moved.next().images.size(0) == 4);
  CHECK(moved.position() == 8);
}

TEST_CASE("A wait for images that do not come can be ended, and goes on later", "[data]") {
  struct Hanging {
    std::shared_future<void> answer;
    std::int64_t size() const { return 8; }
    Tensor image(std::int64_t index) const {
      if (index == 5) answer.wait();
      return at::full({3, 4, 4}, index, at::kByte);
    }
  };
  std::promise<void> disk;
  Loader loader(Hanging{disk.get_future().share()}, {.batch_size = 4, .image_size = 4, .flip = false, .workers = 2});
  int asked = 0;
  loader.stop_waiting_if([&] { return ++asked > 2; });
  std::vector<Tensor> shown;
  const auto read_epoch = [&] {
    while (loader.position() < 8) shown.push_back(loader.next().images);
  };
  CHECK_THROWS_AS(read_epoch(), StoppedWaiting);
  CHECK(loader.stopped_waiting());
  CHECK(asked == 3);
  CHECK(loader.position() == 4 * static_cast<std::int64_t>(shown.size()));
  loader.stop_waiting_if({});
  disk.set_value();
  read_epoch();
  REQUIRE(shown.size() == 2);
  std::set<int> seen;
  for (const Tensor& images : shown)
    for (std::int64_t i = 0; i < 4; ++i) seen.insert(images[i][0][0][0].item<int>());
  CHECK(seen.size() == 8);
}

TEST_CASE("Workers use one LibTorch thread each and leave the others' number alone", "[data]") {
  struct Asking {
    std::shared_ptr<std::atomic<int>> threads = std::make_shared<std::atomic<int>>(0);
    std::int64_t size() const { return 4; }
    Tensor image(std::int64_t) const {
      *threads = std::max(threads->load(), at::get_num_threads());
      return at::full({3, 4, 4}, 1, at::kByte);
    }
  };
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  const Asking source;
  Loader loader(source, {.batch_size = 4, .image_size = 4, .workers = 2});
  batches_of(loader, 3);
  CHECK(*source.threads == 1);
  CHECK(at::get_num_threads() == 3);
  int in_new_thread = 0;
  std::thread([&] { in_new_thread = at::get_num_threads(); }).join();
  CHECK(in_new_thread == 3);
  at::set_num_threads(before);
}

TEST_CASE("A loader leaves alone how many LibTorch threads others start with", "[data]") {
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  std::promise<void> began, changed;
  std::thread maker([&] {
    at::get_num_threads();  // this thread has three from now on
    began.set_value();
    changed.get_future().wait();
    Loader loader(Numbered{}, {.batch_size = 4, .image_size = 4, .workers = 2});
    loader.next();
  });
  began.get_future().wait();
  at::set_num_threads(5);
  changed.set_value();
  maker.join();
  int in_new_thread = 0;
  std::thread([&] { in_new_thread = at::get_num_threads(); }).join();
  CHECK(in_new_thread == 5);
  at::set_num_threads(before);
}

#ifndef __SANITIZE_ADDRESS__  // which aborts if it gets no memory for a thread
TEST_CASE("A loader whose threads the system does not give says how many it got and what to lower", "[data]") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // it has room for the stacks of a few more threads, and says by its exit code what came
    std::int64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t room = static_cast<rlim_t>(pages * ::sysconf(_SC_PAGESIZE)) + (rlim_t{64} << 20);
    const rlimit limit{room, room};
    ::setrlimit(RLIMIT_AS, &limit);
    const std::string message =
        message_of<Error>([] { Loader(Numbered{}, {.batch_size = 4, .image_size = 4, .workers = 256}); });
    const bool right = message.starts_with("could start only ") && contains(message, " of 256 reading threads (") &&
                       contains(message, "; lower loader.workers");
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
#endif
