# The vignettes are not beside the tests of the installed package: they run in the repository.
folder <- testthat::test_path("..", "..", "vignettes")

# Each in an R of its own, with Python as it is found there.
knit <- function(vignette) {
  code <- sprintf(
    "knitr::opts_chunk$set(error = FALSE); knitr::knit(%s, %s, quiet = TRUE)",
    dQuote(normalizePath(vignette), FALSE), dQuote(tempfile(fileext = ".md"), FALSE)
  )
  script <- withr::local_tempfile(lines = code, fileext = ".R")
  withr::local_dir(withr::local_tempdir()) # for the figures
  suppressWarnings(system2(
    file.path(R.home("bin"), "Rscript"), shQuote(script),
    stdout = TRUE, stderr = TRUE
  ))
}

for (vignette in list.files(folder, "[.]Rmd$", full.names = TRUE)) {
  test_that(paste(basename(vignette), "runs"), {
    skip_if_no_python()
    skip_if_not_installed("knitr")
    output <- knit(vignette)
    expect_null(attr(output, "status"), info = paste(tail(output, 20), collapse = "\n"))
  })
}
