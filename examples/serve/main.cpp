// A web service that draws pictures with cspgan::runtime, so without LibTorch.
//   serve GENERATOR.cspgan [--port 8080] [--host 127.0.0.1]     the file is of export_generator --runtime
//
//   GET  /                                   what there is, as JSON
//   GET  /picture.png?seed=3&truncation=0.7  one picture
//   POST /pictures                           {"seeds": [1, 2]} or {"latents": [[...], ...]}, "truncation" with either;
//                                            {"pictures": ["data:image/png;base64,...", ...]}
// What cannot be answered gets a status of 4xx and {"error": "..."}.
#include <httplib.h>
#include <png.h>

#include <charconv>
#include <csignal>
#include <cspgan/core/error.hpp>
#include <cspgan/runtime/runtime_generator.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <thread>

namespace {

using nlohmann::json;

constexpr std::size_t connections = 32;        // answered at the same time; each keeps a workspace
constexpr std::size_t most_pictures = 64;      // of one request
constexpr std::size_t longest_body = 1 << 20;  // bytes

/// What is wrong with a request.
struct BadRequest : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Number>
Number number(const std::string& text, const char* name) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size())
    throw BadRequest(std::string(name) + " is no number of its kind: '" + text + "'");
  return value;
}

/// Holds one of the cores as long as it lives.
class Core {
 public:
  explicit Core(std::counting_semaphore<>& cores) : cores_(cores) { cores_.acquire(); }
  ~Core() { cores_.release(); }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

 private:
  std::counting_semaphore<>& cores_;
};

/// Draws for all connections, on as many threads as the machine has cores.
class Painter {
 public:
  explicit Painter(const std::filesystem::path& file) : generator_(file) {}

  const cspgan::RuntimeGenerator& generator() const { return generator_; }

  /// A PNG for each row of latents, which are multiplied with `truncation`.
  std::vector<std::string> draw(std::vector<float> latents, double truncation) {
    if (!(truncation >= 0 && truncation <= 2)) throw BadRequest("truncation must be from 0 to 2");
    for (float& latent : latents) latent *= static_cast<float>(truncation);
    const std::size_t count = latents.size() / generator_.latent_size();
    std::vector<std::uint8_t> pictures(count * generator_.image_size());
    {
      const Core core(free_cores_);
      generator_.draw_bytes(latents.data(), count, pictures.data());
    }
    std::vector<std::string> files;
    for (std::size_t k = 0; k < count; ++k) files.push_back(png(pictures.data() + k * generator_.image_size()));
    return files;
  }

 private:
  std::string png(const std::uint8_t* picture) const {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = static_cast<png_uint_32>(generator_.side());
    image.format = generator_.channels() == 1   ? PNG_FORMAT_GRAY
                   : generator_.channels() == 4 ? PNG_FORMAT_RGBA
                                                : PNG_FORMAT_RGB;
    std::string file(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
    png_alloc_size_t size = file.size();
    if (png_image_write_to_memory(&image, file.data(), &size, 0, picture, 0, nullptr) == 0)
      throw std::runtime_error(image.message);
    file.resize(size);
    return file;
  }

  cspgan::RuntimeGenerator generator_;
  std::counting_semaphore<> free_cores_{std::max(1U, std::thread::hardware_concurrency())};
};

/// The latents that a body asks for, one row after the other.
std::vector<float> latents_of(const json& body, const cspgan::RuntimeGenerator& generator) {
  if (!body.is_object() || body.contains("seeds") == body.contains("latents"))
    throw BadRequest(R"(the body must be an object with either "seeds" or "latents")");
  const json& rows = body.contains("seeds") ? body["seeds"] : body["latents"];
  if (!rows.is_array() || rows.empty() || rows.size() > most_pictures)
    throw BadRequest("give 1 to " + std::to_string(most_pictures) + " of them, as an array");
  std::vector<float> latents;
  for (const json& row : rows) {
    if (body.contains("seeds")) {
      if (!row.is_number_unsigned()) throw BadRequest("a seed must be a whole number, 0 or more");
      const std::vector<float> drawn = generator.random_latents(row.get<std::uint64_t>());
      latents.insert(latents.end(), drawn.begin(), drawn.end());
      continue;
    }
    if (!row.is_array() || row.size() != generator.latent_size())
      throw BadRequest("each latent must be an array of " + std::to_string(generator.latent_size()) + " numbers");
    for (const json& value : row) {
      if (!value.is_number() || std::abs(value.get<double>()) > 1000)
        throw BadRequest("a latent holds numbers from -1000 to 1000");
      latents.push_back(value.get<float>());
    }
  }
  return latents;
}

std::string base64(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t k = 0; k < bytes.size(); k += 3) {
    const auto byte = [&](std::size_t i) {
      return k + i < bytes.size() ? static_cast<unsigned char>(bytes[k + i]) : 0U;
    };
    const unsigned three = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (std::size_t digit = 0; digit < 4; ++digit)
      text += k + digit <= bytes.size() ? digits[three >> (18 - 6 * digit) & 63] : '=';
  }
  return text;
}

void answer_error(httplib::Response& response, int status, const std::string& reason) {
  response.status = status;
  response.set_content(json{{"error", reason}}.dump(-1, ' ', false, json::error_handler_t::replace),
                       "application/json");
}

/// `answer`, with what it throws as an answer.
template <class Answer>
httplib::Server::Handler guarded(Answer answer) {
  return [answer](const httplib::Request& request, httplib::Response& response) {
    try {
      answer(request, response);
    } catch (const BadRequest& problem) {
      answer_error(response, 400, problem.what());
    } catch (const std::exception& problem) {
      answer_error(response, 500, problem.what());
    }
  };
}

void add_answers(httplib::Server& server, Painter& painter) {
  const cspgan::RuntimeGenerator& generator = painter.generator();
  server.Get("/", guarded([&](const auto&, auto& response) {
               const json about{{"latent_size", generator.latent_size()},
                                {"channels", generator.channels()},
                                {"side", generator.side()},
                                {"picture", "/picture.png?seed=3&truncation=0.7"},
                                {"pictures", "POST /pictures {\"seeds\": [1, 2]}"}};
               response.set_content(about.dump(), "application/json");
             }));
  server.Get("/picture.png", guarded([&](const auto& request, auto& response) {
               const auto given = [&](const char* name, const char* otherwise) {
                 return request.has_param(name) ? request.get_param_value(name) : otherwise;
               };
               const auto seed = number<std::uint64_t>(given("seed", "0"), "seed");
               const auto truncation = number<double>(given("truncation", "1"), "truncation");
               response.set_content(painter.draw(generator.random_latents(seed), truncation).front(), "image/png");
             }));
  server.Post("/pictures", guarded([&](const auto& request, auto& response) {
                const json body = json::parse(request.body, nullptr, false);
                if (body.is_discarded()) throw BadRequest("the body is not JSON");
                const json truncation = body.is_object() ? body.value("truncation", json(1.0)) : json(1.0);
                if (!truncation.is_number()) throw BadRequest("truncation must be a number");
                json pictures = json::array();
                for (const std::string& file : painter.draw(latents_of(body, generator), truncation.get<double>()))
                  pictures.push_back("data:image/png;base64," + base64(file));
                response.set_content(json{{"pictures", pictures}}.dump(), "application/json");
              }));
  server.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    answer_error(response, response.status,
                 response.status == 404   ? "there is nothing at " + request.method + ' ' + request.path
                 : response.status == 413 ? "the body is longer than " + std::to_string(longest_body) +
                                                " bytes, or than 8192 without the header Content-Type: application/json"
                                          : "this is no request that can be answered");
  });
}

constexpr const char* usage =
    "usage: serve GENERATOR.cspgan [--port 8080] [--host 127.0.0.1]; port 0: any that is free";

int serve(int count, char** arguments) {
  std::filesystem::path file;
  std::string host = "127.0.0.1";
  int port = 8080;
  for (int k = 1; k < count; ++k) {
    const std::string argument = arguments[k];
    if (argument == "--port" && k + 1 < count)
      port = number<int>(arguments[++k], "--port");
    else if (argument == "--host" && k + 1 < count)
      host = arguments[++k];
    else if (file.empty() && !argument.starts_with("--"))
      file = argument;
    else if (argument == "--help") {
      std::cout << usage << '\n';
      return 0;
    } else
      throw BadRequest(usage);
  }
  if (file.empty()) throw BadRequest(usage);
  if (port < 0 || port > 65535) throw BadRequest("--port must be from 0 to 65535, not " + std::to_string(port));

  // All threads leave the signals to the one that waits for them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  Painter painter(file);
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(connections); };
  server.set_payload_max_length(longest_body);
  server.set_read_timeout(5);  // seconds: who is slower holds one of the connections
  server.set_keep_alive_timeout(2);
  server.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
    if (request.ranges.size() > 1) {  // which may overlap, and together be many times the picture
      answer_error(response, 416, "ask for one range of bytes at a time");
      return httplib::Server::HandlerResponse::Handled;
    }
    if (!request.has_header("Transfer-Encoding")) return httplib::Server::HandlerResponse::Unhandled;
    response.set_header("Connection", "close");  // a body without a length has no limit, either
    answer_error(response, 411, "send the body with its Content-Length");
    return httplib::Server::HandlerResponse::Handled;
  });
  server.set_socket_options([](int socket) {  // by default, a second server would share the port in silence
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  add_answers(server, painter);
  port = port == 0 ? server.bind_to_any_port(host.c_str()) : server.bind_to_port(host.c_str(), port) ? port : -1;
  if (port < 0)
    throw BadRequest("cannot listen at " + host + ": is that an address of this machine, and the port free?");
  std::cout << "serve: http://" << host << ':' << port << std::endl;
  std::thread([&] {
    int signal = 0;
    sigwait(&ends, &signal);
    server.stop();
  }).detach();
  server.listen_after_bind();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return serve(count, arguments);
  } catch (const BadRequest& problem) {
    std::cerr << "serve: error: " << problem.what() << '\n';
    return 2;
  } catch (const std::exception& problem) {
    std::cerr << "serve: error: " << problem.what() << '\n';
    return 1;
  }
}
