# The time of a loss called from R: lossbridge beside Keras through reticulate and, where it is
# installed, R keras3, on plain R matrices. Run by `make bench-r`.
#
# All are called in turn, again and again, and the medians are compared: the speed of a machine
# drifts, and hits all of them then.

arguments <- commandArgs(TRUE)

seconds <- function(fn, times) {
  start <- Sys.time() # in microseconds; proc.time() is in milliseconds
  for (i in seq_len(times)) fn()
  as.numeric(Sys.time() - start, units = "secs") / times
}

# The first call of a process, after the import of Python's module, in milliseconds.
if ("--first-call" %in% arguments) {
  if ("lossbridge" %in% arguments) library(lossbridge)
  keras <- reticulate::import("keras") # with which lossbridge loads its own
  ours <- "lossbridge" %in% arguments
  loss <- if (ours) loss_mean_squared_error else keras$losses$mean_squared_error
  cat(seconds(function() loss(matrix(0, 2, 3), matrix(1, 2, 3)), 1) * 1e3)
  quit()
}

first_calls <- function(rounds = 7) {
  script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
  one <- function(library) {
    found <- system2(
      file.path(R.home("bin"), "Rscript"), c(shQuote(script), "--first-call", library),
      stdout = TRUE
    )
    as.numeric(found)
  }
  taken <- replicate(rounds, vapply(c(lossbridge = "lossbridge", keras = "keras"), one, 0))
  apply(taken, 1, stats::median)
}

suppressPackageStartupMessages(library(lossbridge))

sizes <- list(c(2, 2), c(1e4, 10), c(1e6, 10))
losses <- c(
  "mean_squared_error", "mean_absolute_error", "hinge", "binary_crossentropy",
  "categorical_crossentropy", "kl_divergence", "poisson", "log_cosh", "cosine_similarity"
)

keras <- reticulate::import("keras")
peers <- list(keras = function(loss) keras$losses[[loss]])
if (requireNamespace("keras3", quietly = TRUE)) {
  peers$keras3 <- function(loss) getExportedValue("keras3", paste0("loss_", loss))
}

bench <- function(loss, size, rounds = 11) {
  set.seed(1)
  y_true <- matrix(as.numeric(runif(prod(size)) > 0.5), size[[1]])
  y_pred <- matrix(runif(prod(size)), size[[1]])
  ours <- getExportedValue("lossbridge", paste0("loss_", loss))
  calls <- list(lossbridge = function() ours(y_true, y_pred))
  for (peer in names(peers)) {
    calls[[peer]] <- local({
      theirs <- peer
      if (theirs == "keras") {
        # what a user of reticulate writes: the function is looked up at each call
        function() keras$losses[[loss]](y_true, y_pred)
      } else {
        fn <- peers[[theirs]](loss)
        function() fn(y_true, y_pred)
      }
    })
  }
  # what is fast and wrong is not timed
  values <- lapply(calls, function(fn) as.numeric(fn()))
  for (value in values) stopifnot(all.equal(value, values[[1]], tolerance = 1e-5))
  times <- if (prod(size) < 1e3) 40 else if (prod(size) < 1e6) 5 else 1
  for (fn in calls) seconds(fn, 2)
  taken <- replicate(rounds, vapply(calls, seconds, 0, times = times))
  medians <- apply(rbind(taken), 1, stats::median) * 1e3
  data.frame(
    loss = loss, rows = size[[1]], columns = size[[2]], as.list(round(medians, 3)),
    ratio = round(medians[["lossbridge"]] / min(medians[-1]), 2)
  )
}

# Objectives of boosted trees, beside the same two derivatives written in R.
bench_objectives <- function(rows = 1e6, rounds = 11) {
  set.seed(1)
  m <- rnorm(rows)
  y <- as.numeric(runif(rows) > 0.5)
  data <- structure(list(get_field = function(name) list(label = y)[[name]]), class = "lgb.Dataset")
  in_r <- list(
    binary_crossentropy = function() {
      p <- plogis(m)
      list(p - y, p * (1 - p))
    },
    log_cosh = function() {
      slope <- tanh(m - y)
      list(slope, 1 - slope^2)
    },
    huber = function() {
      e <- m - y
      list(pmax(pmin(e, 1), -1), as.numeric(abs(e) <= 1))
    }
  )
  goals <- c(binary_crossentropy = 2, log_cosh = 1, huber = 1)
  of_loss <- function(loss) {
    ours <- loss_objective(loss, "lightgbm", min_hessian = 0)
    calls <- list(lossbridge = function() ours(m, data), R = in_r[[loss]])
    values <- lapply(calls, function(fn) unlist(fn(), use.names = FALSE))
    stopifnot(all.equal(values[[1]], values[[2]], tolerance = 1e-6))
    for (fn in calls) seconds(fn, 2)
    taken <- replicate(rounds, vapply(calls, seconds, 0, times = 1))
    taken <- apply(taken, 1, stats::median) * 1e3
    ratio <- taken[["lossbridge"]] / taken[["R"]]
    sprintf(
      "Gradient and Hessian of %s, %.0e rows: %.1f ms, in R %.1f ms, ratio %.2f (at most %d: %s).",
      loss, rows, taken[["lossbridge"]], taken[["R"]], ratio, goals[[loss]],
      if (ratio <= goals[[loss]]) "met" else "not met"
    )
  }
  vapply(names(in_r), of_loss, "")
}

if ("--objectives" %in% arguments) {
  cat(bench_objectives(), sep = "\n")
  quit()
}
if ("--quick" %in% arguments) losses <- losses[c(1, 3, 4)]

table <- NULL
for (loss in losses) {
  for (size in sizes) {
    row <- bench(loss, size)
    table <- rbind(table, row)
    cat(sprintf("%-26s %7.0f x %2.0f  ratio %.2f\n", loss, size[[1]], size[[2]], row$ratio))
  }
}

cat(
  "\nMilliseconds for a call on R matrices (medians of interleaved runs), and lossbridge's",
  "over the fastest other's:\n\n"
)
print(table, row.names = FALSE)
geometric <- tapply(table$ratio, table$rows, function(x) exp(mean(log(x))))
geometric <- paste0(names(geometric), ": ", round(geometric, 2))
cat("\nGeometric mean of the ratios by rows:", geometric, "\n", sep = "  ")

first <- first_calls(if ("--quick" %in% arguments) 1 else 7)
first <- sprintf(
  "The first call after the import: lossbridge %.0f ms, keras %.0f ms, ratio %.2f (at most 1: %s).",
  first[["lossbridge"]], first[["keras"]], first[["lossbridge"]] / first[["keras"]],
  if (first[["lossbridge"]] <= first[["keras"]]) "met" else "not met"
)
cat("\n", first, "\n", sep = "")
if ("--quick" %in% arguments) quit() # which prints only
objectives <- bench_objectives()
cat(objectives, sep = "\n")

folder <- file.path("benchmarks", "results")
dir.create(folder, showWarnings = FALSE, recursive = TRUE)
lines <- c(
  "# Calls from R", "",
  paste0(
    "R ", getRversion(), ", reticulate ", utils::packageVersion("reticulate"), ", keras ",
    keras$`__version__`, ". Milliseconds, medians of interleaved runs; `ratio` is lossbridge over ",
    "the fastest other. Made by `make bench-r`."
  ), "",
  first, "", paste0("- ", objectives), "",
  paste0("| ", paste(names(table), collapse = " | "), " |"),
  paste0("|", strrep(" --- |", ncol(table))),
  apply(format(table), 1, function(row) paste0("| ", paste(row, collapse = " | "), " |"))
)
writeLines(lines, file.path(folder, "from-r.md"))
