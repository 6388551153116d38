# Rscript scripts/run_testthat.R <folder> <result.xml>
# testthat on the installed package; the outcome of each test goes to a JUnit-like file.
# (testthat's own JunitReporter needs the package xml2.)

args <- commandArgs(TRUE)
suppressPackageStartupMessages({
  library(testthat)
  library(lossbridge)
})

results <- test_dir(
  args[[1]],
  package = "lossbridge",
  load_package = "installed",
  reporter = ProgressReporter$new(show_praise = FALSE, max_failures = Inf),
  stop_on_failure = FALSE
)

tests <- as.data.frame(results)
escape <- function(x) {
  for (pair in list(c("&", "&amp;"), c("<", "&lt;"), c(">", "&gt;"), c("\"", "&quot;"))) {
    x <- gsub(pair[[1]], pair[[2]], x, fixed = TRUE)
  }
  gsub("[[:cntrl:]]", " ", x)
}
failed <- tests$failed > 0 | tests$error
outcome <- ifelse(failed, "<failure/>", ifelse(tests$skipped, "<skipped/>", ""))
cases <- sprintf(
  "  <testcase classname=\"%s\" name=\"%s\" time=\"%.3f\">%s</testcase>",
  escape(tests$file), escape(tests$test), tests$real, outcome
)
writeLines(enc2utf8(c("<testsuite name=\"testthat\">", cases, "</testsuite>")), args[[2]],
           useBytes = TRUE)
quit(status = if (any(failed)) 1L else 0L)
