# The formulas of the manual, as they are rendered.

manual <- function() {
  pages <- tools::Rd_db("lossbridge")
  skip_if(length(pages) == 0, "lossbridge is not installed, so that it has no manual")
  pages
}

# The first argument of every \deqn and \eqn below a piece of a page: what LaTeX and HTML show.
equations <- function(rd) {
  if (isTRUE(attr(rd, "Rd_tag") %in% c("\\eqn", "\\deqn"))) {
    return(paste(unlist(rd[[1]]), collapse = ""))
  }
  if (is.list(rd)) unlist(lapply(rd, equations))
}

test_that("formulas have no LaTeX left in them where they are shown as text", {
  for (page in names(manual())) {
    text <- utils::capture.output(tools::Rd2txt(manual()[[page]]))
    expect_equal(grep("\\\\[a-z]+", text, value = TRUE), character(), info = page)
  }
})

test_that("what a sum runs over is in parentheses where it has several terms", {
  found <- unlist(lapply(manual(), equations))
  expect_gt(length(found), 50)
  summands <- sub(".*\\\\sum_\\{i=1\\}\\^\\{?n\\}?", "", grep("sum_\\{i=1\\}", found, value = TRUE))
  expect_gt(length(summands), 8)
  # what is in brackets of any kind is one thing
  outer <- gsub("\\s+", " ", summands)
  brackets <- "\\{[^{}()]*\\}|\\([^{}()]*\\)|\\|[^|]*\\|"
  while (any(grepl(brackets, outer))) outer <- gsub(brackets, "", outer)
  outer <- sub(", .*", "", outer) # the definition of a name after the formula
  expect_equal(grep("[+-]", outer, value = TRUE), character(), ignore_attr = TRUE)
})

test_that("the page of the Tversky loss says what Keras swaps", {
  page <- paste(utils::capture.output(tools::Rd2txt(manual()[["loss_tversky.Rd"]])), collapse = " ")
  page <- gsub("\\s+", " ", page)
  expect_match(page, "Keras up to 3.15, and with it keras3, weighs the false neg")
})
